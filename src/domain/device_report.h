/* Signed reports of devices: taken once each, in the order of their counter. A device keeps a report before
 * it sends it and sends the same bytes until they are answered, so that whatever crashes, one machine never
 * says two things under one counter, nor a lower counter than it said. */
#pragma once

#include "base/buf.h"
#include "domain/world.h"
#include "model/device.h"
#include "model/device_report.h"
#include "signing/device_report.h"

#define REPORTS_REMEMBERED 64 /* digests of a device */

enum sequel {                /* what a report is to those before it */
              SEQUEL_NEXT,   /* a higher counter */
              SEQUEL_AGAIN,  /* the last one once more: its answer was lost */
              SEQUEL_REPLAY, /* one that was taken before, or one too old to be told from it */
              SEQUEL_FORK,   /* another word under a counter that was used or passed: a second machine */
              SEQUEL__MAX
};
struct sequel_facts {
    int64_t last;       /* counter of the last one taken; 0: none */
    int64_t oldest;     /* lowest counter that is remembered; 0: none */
    const char *digest; /* remembered under the counter of this one, or "" */
};
/* Pure. */
enum sequel sequel_of(const struct sequel_facts *facts, int64_t counter, const char *digest);

/* Signed with the key that the device has registered; where it has none yet, this one is registered. In one
 * tx. ERR_FORBIDDEN: another key, or another device. ERR_CONFLICT: a counter that is not above the last; what
 * to do is in the text. */
bool device_report_take(struct world *world, struct arena *arena, const struct device *device,
                        const char *tenant, struct span envelope, int64_t now_ms, struct err *err) CHECKED;
/* Inside the tx of an enrolment: this key from now on, and its counter begins anew. "": none, so that the
 * next report registers one. */
bool device_report_register(struct world *world, int64_t device_id, const char *public_key,
                            struct err *err) CHECKED;
/* Prometheus lines: how many devices are quarantined, and how many tell of which attack. */
void device_report_figures(struct world *world, struct buf *out);
