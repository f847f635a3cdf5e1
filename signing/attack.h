/* What a refused repository, deployment or target tried, by name: one word for a device's report, its log and
 * the service's alarm. Knows neither repository nor device. */
#pragma once

#include "base/base.h"

enum attack { /* the numbers travel in reports: new ones go to the end */
              ATTACK_NONE,
              ATTACK_MALFORMED,       /* metadata that is none */
              ATTACK_BAD_SIGNATURE,   /* not signed by who may, or by too few of them */
              ATTACK_WRONG_DEVICE,    /* made for another device */
              ATTACK_ROLLBACK,        /* older metadata than was seen before */
              ATTACK_FREEZE,          /* expired metadata: somebody keeps the newer from us */
              ATTACK_MIX_AND_MATCH,   /* files that were never published together */
              ATTACK_ENDLESS_DATA,    /* more bytes than are allowed */
              ATTACK_NOT_ASSIGNED,    /* the deployment names what the director does not */
              ATTACK_PARTIAL_BUNDLE,  /* or leaves out what it does */
              ATTACK_UNKNOWN_TARGET,  /* no role of the image repository names it */
              ATTACK_MISMATCH_LENGTH, /* deployment, director and image repository speak of other bytes */
              ATTACK_MISMATCH_HASH,
              ATTACK_MISMATCH_HARDWARE, /* director and image repository say different things about one target
                                         */
              ATTACK_MISMATCH_MODULE,
              ATTACK_MISMATCH_VERSION,
              ATTACK_MISMATCH_COUNTER,
              ATTACK_WRONG_HARDWARE, /* made for another family or model */
              ATTACK_OLD_RELEASE,    /* its release counter is below the one that is installed */
              ATTACK__MAX
};
extern const char *const attack_name[ATTACK__MAX];
bool attack_parse(const char *name, enum attack *out);
