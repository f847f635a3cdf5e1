/* Counts over a tenant's devices, for the summary: counters that move with what they count (fleet_moves.h), in the
 * same transaction. Only who was seen when is counted anew each time, in one pass over the fleet. */
#pragma once

#include "store/store.h"

enum fleet_kind { FLEET_STATE, FLEET_STATUS, FLEET_FAMILY, FLEET_VERSION, FLEET_ACTION, FLEET_KIND__MAX };

struct tally_row { /* what the kind does not count by is "" */
    const char *family, *component, *name;
    int64_t devices;
};
/* By family, component, then the most devices first. FLEET_STATE and FLEET_STATUS name those; FLEET_VERSION sets all
 * three, at most 500 rows; FLEET_ACTION counts open actions by state. */
bool store_fleet_list(struct store *store, struct arena *arena, int64_t tenant_id, enum fleet_kind kind,
                      struct tally_row **out, size_t *count, struct err *err) CHECKED;
/* How many of all tenants' counters are not what a plain count over the rows finds. Reads everything. */
bool store_fleet_differs(struct store *store, int64_t *out, struct err *err) CHECKED;

struct fleet_seen { /* within the last hour, day, week (each includes the former), never */
    int64_t devices, hour, day, week, never;
};
bool store_fleet_seen(struct store *store, int64_t tenant_id, int64_t now_ms, struct fleet_seen *out,
                      struct err *err) CHECKED;
