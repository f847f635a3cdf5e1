/* What a rehearsal reads: a family device by device, who had a turn, and what earlier installs took. Knows no
 * rule. */
#pragma once

#include "model/action.h"
#include "model/device.h"
#include "store/store.h"

#define MEMBER_COMPONENTS_MAX 64

struct member {           /* of a family */
    struct device device; /* its id, names, state, quirk and release counter; nothing else is set */
    int64_t last_seen_ms; /* as flushed; 0: never */
    struct device_component components[MEMBER_COMPONENTS_MAX];
    size_t component_count;
};
/* Calls fn for each active one, by id, in one pass; what it is given ends with the call. False from fn stops.
 */
bool store_member_each(struct store *store, int64_t tenant_id, const char *family,
                       bool (*fn)(void *ctx, const struct member *member, struct err *err), void *ctx,
                       struct err *err) CHECKED;

struct member_turn {
    int64_t device_id;
    enum action_state state;
};
/* The actions a rollout has given, by device; at most `room` are written, *count says how many. */
bool store_turn_list(struct store *store, int64_t rollout_id, struct member_turn *out, size_t room,
                     size_t *count, struct err *err) CHECKED;
bool store_turn_count(struct store *store, int64_t rollout_id, int64_t *out, struct err *err) CHECKED;

/* How the actions of the family's other rollouts ended: healthy, failed, silent. */
bool store_ends_count(struct store *store, int64_t tenant_id, const char *family, int64_t but_rollout,
                      int64_t out[ACTION_STATE__MAX], struct err *err) CHECKED;
/* The family's rollouts, newest first. */
bool store_family_rollouts(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                           int64_t limit, int64_t **out, size_t *count, struct err *err) CHECKED;
/* From "installing" to "success", of a rollout's healthy actions that told both; at most `limit` are looked
 * at. */
bool store_took_list(struct store *store, struct arena *arena, int64_t rollout_id, int64_t limit,
                     int64_t **out, size_t *count, struct err *err) CHECKED;
