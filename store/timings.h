/* How long installs took, at rest: counts by class of minutes. Which classes there are is the business of
 * domain/timing.h. */
#pragma once

#include "store/store.h"

struct timing { /* installs that took at most so many minutes, and more than the class before */
    int64_t minutes, installs;
};

/* When an action was first heard to install; 0: never. */
bool store_timing_begun(struct store *store, int64_t action_id, int64_t *out, struct err *err) CHECKED;
/* One more. */
bool store_timing_add(struct store *store, int64_t release_id, int64_t minutes, struct err *err) CHECKED;
/* Ascending; at most `max`. */
bool store_timing_of_release(struct store *store, int64_t release_id, struct timing *out, size_t max,
                             size_t *count, struct err *err) CHECKED;
bool store_timing_of_family(struct store *store, int64_t tenant_id, const char *family, struct timing *out,
                            size_t max, size_t *count, struct err *err) CHECKED;
