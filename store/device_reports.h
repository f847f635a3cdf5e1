/* The last signed report of each device, its key, and the digests of those before. Knows no rule. */
#pragma once

#include "model/device_report.h"
#include "store/store.h"

/* *has false: the device has registered no key. */
bool store_device_report_get(struct store *store, struct arena *arena, int64_t device_id,
                             struct device_report_row *out, bool *has, struct err *err) CHECKED;
/* Makes or replaces. */
bool store_device_report_put(struct store *store, const struct device_report_row *row,
                             struct err *err) CHECKED;
/* Key, report and digests: as if it had never sent one. */
bool store_device_report_drop(struct store *store, int64_t device_id, struct err *err) CHECKED;
/* "": none is remembered under that counter. */
bool store_report_seen_get(struct store *store, struct arena *arena, int64_t device_id, int64_t counter,
                           const char **digest, struct err *err) CHECKED;
bool store_report_seen_put(struct store *store, int64_t device_id, int64_t counter, const char *digest,
                           struct err *err) CHECKED;
/* The lowest counter that is remembered; 0: none. */
bool store_report_seen_oldest(struct store *store, int64_t device_id, int64_t *out, struct err *err) CHECKED;
/* Forgets that counter and those below. */
bool store_report_seen_prune(struct store *store, int64_t device_id, int64_t counter,
                             struct err *err) CHECKED;
/* Of a tenant's active devices that report: how many trust these versions of the roots, or later ones. */
bool store_device_report_roots(struct store *store, int64_t tenant_id, int64_t image_root,
                               int64_t director_root, int64_t *confirmed, int64_t *reporting,
                               struct err *err) CHECKED;
/* How many of a tenant's devices tell of which attack. */
struct attack_row {
    const char *attack;
    int64_t devices;
};
bool store_device_report_attacks(struct store *store, struct arena *arena, int64_t tenant_id,
                                 struct attack_row **out, size_t *count, struct err *err) CHECKED;
