#include "domain/recall.h"

#include "domain/report.h"
#include "store/actions.h"

#define BATCH 500

static bool may_recall(enum action_state state)
{
    return state == ACTION_CONFIRMING || state == ACTION_OFFERED || state == ACTION_DOWNLOADING ||
           state == ACTION_DOWNLOADED;
}

static bool recall(struct world *world, struct action *action, int64_t now_ms, struct err *err)
{
    return !may_recall(action->state) || report_apply(world->store, action, EVENT_CANCEL, "CANCELING",
                                                      "called back with its rollout", now_ms, err);
}

bool recall_rollout(struct world *world, int64_t rollout_id, int64_t now_ms, struct err *err)
{
    int64_t after = 0;
    size_t count;

    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct action *actions;

        if (!store_action_in_rollout(world->store, arena, rollout_id, -1, NULL, after, BATCH, &actions,
                                     &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!recall(world, &actions[i], now_ms, err))
                return false;
        if (count)
            after = actions[count - 1].id;
    } while (count == BATCH);
    return true;
}
