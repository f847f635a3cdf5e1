#include "domain/report.h"

#define AT_ONCE 200 /* actions of one tx: a short turn of the writer; the rest comes with the next tick */

/* One thing that time does to actions. */
struct lapse {
    enum action_event event;
    const char *type, *message;
    bool (*find)(struct world *world, struct arena *arena, int64_t now_ms, struct action **out, size_t *count,
                 struct err *err);
};

static bool find_soaked(struct world *world, struct arena *arena, int64_t now_ms, struct action **out,
                        size_t *count, struct err *err)
{
    return store_action_soaked(world->store, arena, now_ms, AT_ONCE, out, count, err);
}

static bool find_quiet(struct world *world, struct arena *arena, int64_t now_ms, struct action **out,
                       size_t *count, struct err *err)
{
    return store_action_quiet(world->store, arena, now_ms, world->settings->action_timeout_h, AT_ONCE, out,
                              count, err);
}

static const struct lapse lapses[] = {
    {EVENT_SOAKED, "FINISHED", "soaked long enough", find_soaked},
    {EVENT_SILENCE, "ERROR", "nothing heard past the deadline", find_quiet},
};

/* Looked for again inside the tx: whoever reported meanwhile is no longer in the list. */
static bool lapse_in_tx(struct world *world, struct arena *arena, const struct lapse *lapse, int64_t now_ms,
                        struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action *actions;
    size_t count;

    if (!tx_begin(&tx, world->store, err) || !lapse->find(world, arena, now_ms, &actions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!report_apply(world->store, &actions[i], lapse->event, lapse->type, lapse->message, now_ms, err))
            return false;
    return tx_commit(&tx, err);
}

bool report_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    for (size_t i = 0; i < COUNT(lapses); i++) {
        struct action *actions;
        size_t count;

        if (!lapses[i].find(world, arena, now_ms, &actions, &count, err))
            return false;
        if (count > 0 && !lapse_in_tx(world, arena, &lapses[i], now_ms, err))
            return err_within(err, "%s", action_event_name[lapses[i].event]);
    }
    return true;
}
