/* What kind of failure it was, by its code and words, and whether another try tonight is worth it. Pure. */
#pragma once

#include "base/base.h"

enum failure_class {
    FAILURE_TRANSIENT, /* passes by: a cut download, a busy device */
    FAILURE_SITE,      /* the network between: proxy, names, certificates. Somebody there may repair it */
    FAILURE_DEVICE,    /* this machine: full, worn out, locked. A person has to look at it */
    FAILURE_PACKAGE,   /* what was sent; also whatever nobody knows, for it is held against the release */
    FAILURE_CLASS__MAX
};
extern const char *const failure_class_name[FAILURE_CLASS__MAX];
bool failure_class_parse(const char *text, enum failure_class *out);

#define TRIES_MAX 10 /* of one device and rollout, also by people */

enum failure_class failure_of(int64_t code, const char *error);
/* How long after the failure of this try (from 1) the next begins; 0: none by itself. Short enough for the
 * same night. */
int64_t failure_pause_ms(enum failure_class failure, int64_t tries, int64_t max_tries);
/* The same from what was reported. A device that was in use all night gets the next window, whatever
 * max_tries says: nothing has failed that a try could use up; never more than TRIES_MAX nights. */
int64_t failure_retry_ms(int64_t code, const char *error, int64_t tries, int64_t max_tries);
