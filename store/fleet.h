/* Counts over a tenant's devices, for the summary. Each is one pass over an index or a table; nobody polls these. */
#pragma once

#include "store/store.h"

struct tally_row { /* only the texts that the question groups by are set */
    const char *family, *component, *name;
    int64_t devices;
};
bool store_fleet_states(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                        size_t *count, struct err *err) CHECKED;
bool store_fleet_statuses(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                          size_t *count, struct err *err) CHECKED;
bool store_fleet_families(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                          size_t *count, struct err *err) CHECKED;
/* family, component, name = version. At most 500 rows. */
bool store_fleet_versions(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                          size_t *count, struct err *err) CHECKED;
/* Open actions by state. */
bool store_fleet_actions(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                         size_t *count, struct err *err) CHECKED;

struct fleet_seen { /* within the last hour, day, week (each includes the former), never */
    int64_t devices, hour, day, week, never;
};
bool store_fleet_seen(struct store *store, int64_t tenant_id, int64_t now_ms, struct fleet_seen *out,
                      struct err *err) CHECKED;
