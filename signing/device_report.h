/* What a device says of itself, signed: what is installed, whose word it goes by, and what was tried on it.
 * Canonical JSON in the envelope of TUF metadata, signed by the device's own key. Bytes in, facts out: no
 * clock, no store. That tenant and device are who sent it, and that the counter has not been used, is for
 * whoever keeps the one before it. */
#pragma once

#include "signing/attack.h"
#include "signing/tuf.h"

#define DEVICE_REPORT_TYPE "device-report"
#define DEVICE_REPORT_BYTES_MAX (48 * 1024) /* with its envelope */
#define DEVICE_REPORT_PARTS_MAX 64
#define DEVICE_REPORT_NUMBER_MAX ((INT64_C(1) << 53) - 1)
#define DEVICE_REPORT_NONCE_CHARS 32

struct reported_part { /* "" in target and sha256: it was there before, and nothing signed is known of it */
    const char *component, *version, *target, *sha256;
};
struct reported_versions { /* the highest that it has verified; 0: none yet */
    int64_t root, timestamp;
};
enum reported_role { REPORTED_ROOT, REPORTED_TARGETS, REPORTED_ONLINE, REPORTED_ROLE__MAX };

struct device_report {
    const char *tenant, *device;
    const char *key;    /* the public half of its key, 64 hex digits */
    const char *nonce;  /* hex, drawn for each report: two machines with one counter never say the same */
    int64_t counter;    /* rises with every report */
    enum attack attack; /* what it has refused and still is served */
    struct reported_versions image, director;
    const struct reported_part *parts; /* each component once */
    size_t part_count;
    /* Key ids that may sign for these roles of the image repository, in the order of its root. */
    const char *const *keys[REPORTED_ROLE__MAX];
    size_t key_count[REPORTED_ROLE__MAX];
};

/* The canonical bytes, which are what is signed. A report that nobody would read is refused by member. */
bool device_report_write(struct arena *arena, const struct device_report *report, struct span *signed_bytes,
                         struct err *err) CHECKED;
/* Written, signed once and put in its envelope: the bytes that are sent. report->key is set from `key`. */
bool device_report_sign(struct arena *arena, struct device_report *report, const struct key *key,
                        struct span *envelope, struct err *err) CHECKED;
/* The form is strict: an unknown member is refused by name, and another spelling of the same facts is none of
 * ours. ERR_FORBIDDEN: it is not signed by the key that it names; whose key that is knows the caller. digest:
 * SHA-256 of the signed bytes. */
bool device_report_read(struct arena *arena, struct span envelope, struct device_report *out, char digest[65],
                        struct err *err) CHECKED;
