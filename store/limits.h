/* Counters behind limits: machines of a place, updates under way, bytes offered within the hour. They move in
 * the transaction of what they count. Knows no limit. */
#pragma once

#include "model/action.h"
#include "store/store.h"

/* Open, and more than soaking. */
struct under_way {
    int64_t all, at_site; /* of the tenant, by whatever rollout or hand */
    int64_t of_rollout, of_rollout_at_site;
};
/* Four rows at most. site "": what is at a site is 0. */
bool store_under_way_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t rollout_id,
                         const char *site, struct under_way *out, struct err *err) CHECKED;
/* Active devices of the site. */
bool store_machines_count(struct store *store, int64_t tenant_id, const char *site, int64_t *out,
                          struct err *err) CHECKED;
/* Is there another machine at the site, active, heard of since then, with nothing under way, whose last
 * update did not fail? Stops at the first. */
bool store_working_find(struct store *store, int64_t tenant_id, const char *site, int64_t but_device_id,
                        int64_t seen_since_ms, bool *out, struct err *err) CHECKED;

#define OFFERED_SLOT_MS 300000
#define OFFERED_SLOTS 13 /* that touch the last hour */
struct offered_slot {
    int64_t at_ms, bytes;
};
/* Inside a tx. rollout_id 0: the tenant; site "": all. Slots of more than two hours ago go. */
bool store_offered_put(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site,
                       int64_t bytes, int64_t now_ms, struct err *err) CHECKED;
/* Those that touch the hour before now, oldest first; room for OFFERED_SLOTS. */
bool store_offered_list(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site,
                        int64_t now_ms, struct offered_slot *out, size_t *count, struct err *err) CHECKED;
