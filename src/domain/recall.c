#include "domain/recall.h"

#include "base/mutant.h"
#include "domain/report.h"

#define BATCH 500

static bool may_recall(enum action_state state)
{
    return state == ACTION_CONFIRMING || state == ACTION_OFFERED || state == ACTION_DOWNLOADING ||
           state == ACTION_DOWNLOADED;
}

static bool recall_all(struct world *world, struct action *actions, size_t count, const char *why,
                       int64_t now_ms, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (may_recall(actions[i].state) &&
            !report_apply(world->store, &actions[i], EVENT_CANCEL, "CANCELING", why, now_ms, err))
            return false;
    return true;
}

bool recall_rollout(struct world *world, int64_t rollout_id, int64_t now_ms, struct err *err)
{
    int64_t after = 0;
    size_t count;

    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct action *actions;

        if (!store_action_in_rollout(world->store, arena, rollout_id, -1, NULL, after, BATCH, &actions,
                                     &count, err) ||
            !recall_all(world, actions, count, "called back with its rollout", now_ms, err))
            return false;
        if (count)
            after = actions[count - 1].id;
    } while (count == BATCH);
    return true;
}

bool recall_release(struct world *world, int64_t tenant_id, int64_t release_id, int64_t now_ms,
                    struct err *err)
{
    int64_t after = 0;
    size_t count;

    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct action *actions;

        if (!store_action_of_release(world->store, arena, tenant_id, release_id, after, BATCH, &actions,
                                     &count, err) ||
            !recall_all(world, actions, count, "called back: its release was withdrawn", now_ms, err))
            return false;
        if (count)
            after = actions[count - 1].id;
    } while (count == BATCH);
    return true;
}

/* Of what the device may hold, something was offered after this action. */
static bool has_newer(struct store *store, struct arena *arena, const struct action *action, bool *out,
                      struct err *err)
{
    struct action *open;
    size_t count;

    if (!store_action_open(store, arena, action->device_id, &open, &count, err))
        return false;
    *out = false;
    for (size_t i = 0; i < count; i++)
        *out |= open[i].id > action->id && !open[i].restore_id && open[i].state != ACTION_SOAKING &&
                open[i].state != ACTION_CANCELING;
    return true;
}

bool recall_late(struct store *store, struct arena *arena, struct action *action,
                 const struct action_rules *rules, int64_t now_ms, struct err *err)
{
    bool is_over;

    if (action->restore_id || !may_recall(action->state))
        return true;
    if (!has_newer(store, arena, action, &is_over, err))
        return false;
    return MUTANT_IS(13) || !(is_over || rules->is_stopped) ||
           report_apply(store, action, EVENT_CANCEL, "CANCELING", "heard again too late", now_ms, err);
}
