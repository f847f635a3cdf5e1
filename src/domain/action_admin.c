/* What operators see of actions and do to them. */
#include "domain/device_admin.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/offer.h"
#include "domain/report.h"
#include "store/releases.h"
#include "store/rollouts.h"

#define ENTRIES_SHOWN 200

static bool view_of(struct world *world, struct arena *arena, const struct action *action,
                    const char *controller_id, struct action_view *out, struct err *err)
{
    struct release release = {0};
    struct device device = {.controller_id = controller_id};

    if ((!action->restore_id &&
         !store_release_get(world->store, arena, action->tenant_id, action->release_id, &release, err)) ||
        (!controller_id && !store_device_by_id(world->store, arena, action->device_id, &device, err)))
        return false;
    *out = (struct action_view){.action = *action,
                                .controller_id = device.controller_id,
                                .family = release.family,
                                .version = release.version};
    return true;
}

static bool views_of(struct world *world, struct arena *arena, const struct action *actions, size_t count,
                     const char *controller_id, struct action_view **out, struct err *err)
{
    struct action_view *views = ARENA_MANY(arena, struct action_view, count + 1);

    for (size_t i = 0; i < count; i++)
        if (!view_of(world, arena, &actions[i], controller_id, &views[i], err))
            return false;
    *out = views;
    return true;
}

bool action_view(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                 struct action_view *out, struct err *err)
{
    struct action action;

    return store_action_get(world->store, arena, tenant_id, id, &action, err) &&
           view_of(world, arena, &action, NULL, out, err);
}

bool action_entries(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id, int64_t before,
                    int64_t limit, struct action_status **out, size_t *count, struct err *err)
{
    struct action action;

    return store_action_get(world->store, arena, tenant_id, id, &action, err) &&
           store_action_status_list(world->store, arena, id, before, limit, out, count, err);
}

bool action_views(struct world *world, struct arena *arena, int64_t tenant_id, int64_t rollout_id,
                  int64_t stage, const char *state, int64_t after, int64_t limit, struct action_view **out,
                  size_t *count, struct err *err)
{
    struct rollout rollout;
    struct action *actions;

    return store_rollout_get(world->store, arena, tenant_id, rollout_id, &rollout, err) &&
           store_action_in_rollout(world->store, arena, rollout_id, stage, state, after, limit, &actions,
                                   count, err) &&
           views_of(world, arena, actions, *count, NULL, out, err);
}

bool device_history(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                    int64_t before, int64_t limit, struct action_view **out, size_t *count, struct err *err)
{
    struct device device;
    struct action *actions;

    if (!store_device_get(world->store, arena, tenant_id, controller_id, &device, err) ||
        !store_action_of_device(world->store, arena, device.id, before, limit, &actions, count, err) ||
        !views_of(world, arena, actions, *count, device.controller_id, out, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!store_action_status_list(world->store, arena, actions[i].id, 0, ENTRIES_SHOWN,
                                      &(*out)[i].entries, &(*out)[i].entry_count, err))
            return false;
    return true;
}

bool action_assign(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                   const struct action *wanted, int64_t now_ms, struct action_view *out, bool *is_new,
                   struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device device;
    struct release release;
    struct action made;

    if (!tx_begin(&tx, world->store, err) ||
        !store_device_get(world->store, arena, who->tenant_id, controller_id, &device, err) ||
        !store_release_get(world->store, arena, who->tenant_id, wanted->release_id, &release, err) ||
        !offer_assign(world, arena, &device, &release, wanted, now_ms, &made, is_new, err) ||
        !audit_note(world, who, "action.assign", controller_id,
                    arena_printf(arena, "%s %s", release.family, release.version), now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, device.id);
    return action_view(world, arena, who->tenant_id, made.id, out, err);
}

bool action_cancel(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   bool is_forced, const char *reason, int64_t now_ms, struct action_view *out,
                   struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action action;
    const char *said = text_blank(reason) ? "Update Server: called back by an operator" : reason;

    if (!tx_begin(&tx, world->store, err) ||
        !store_action_get(world->store, arena, who->tenant_id, id, &action, err))
        return false;
    if (action_is_closed(action.state))
        return FAIL(err, ERR_CONFLICT, "action %lld is over: %s", (long long)id,
                    action_state_name[action.state]);
    if (action.state == ACTION_CANCELING && !is_forced)
        return action_view(world, arena, who->tenant_id, id, out, err);
    if (!report_apply(world->store, &action, is_forced ? EVENT_FORCED_END : EVENT_CANCEL,
                      is_forced ? "CANCELED" : "CANCELING", said, now_ms, err) ||
        !audit_note(world, who, is_forced ? "action.end" : "action.cancel",
                    arena_printf(arena, "%lld", (long long)id), reason, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, action.device_id);
    return action_view(world, arena, who->tenant_id, id, out, err);
}
