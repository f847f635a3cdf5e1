/* A running rollout to every c450 at once, and the one action it made. */
#pragma once

#include "domain/rollout.h"
#include "store/actions.h"
#include "support/ddi.h"
#include "support/unit.h"

/* A running rollout of `release` to every c450 at once. */
static inline int64_t rollout_in(struct unit *unit, struct support *s, int64_t release, int64_t soak_min,
                                 struct window window, bool is_urgent)
{
    struct rollout draft = {.tenant_id = s->tenant_id,
                            .name = arena_printf(unit->arena, "to %lld", (long long)release),
                            .release_id = release,
                            .kind = ACTION_FORCED,
                            .weight = 500,
                            .selection = "{}",
                            .window = window,
                            .is_urgent = is_urgent,
                            .terms = is_urgent ? "{\"urgent_reason\":\"x\"}" : "{}",
                            .fail_percent = 50,
                            .healthy_percent = 90,
                            .min_failures = 5,
                            .deadline_h = 10,
                            .soak_min = soak_min,
                            .created_by = "test"};
    const struct who who = {
        .kind = WHO_IS_OPERATOR, .tenant_id = s->tenant_id, .tenant = "DEFAULT", .name = "test"};
    struct rollout_stage stages[4] = {{.kind = STAGE_REST, .tag = ""}};
    struct rollout_view view;

    MUST(rollout_make(&s->world, unit->arena, &who, &draft, stages, 1, s->now_ms, &view, &unit->err));
    MUST(rollout_apply(&s->world, unit->arena, &who, view.rollout.id, ROLLOUT_DO_START, "", s->now_ms, &view,
                       &unit->err));
    return view.rollout.id;
}

static inline int64_t rollout_of(struct unit *unit, struct support *s, int64_t release, int64_t soak_min)
{
    return rollout_in(unit, s, release, soak_min,
                      (struct window){.start_min = -1, .end_min = -1, .days = 127, .zone = ""}, false);
}

static inline int64_t only_action(struct unit *unit, struct support *s, const char *id)
{
    struct action *actions;
    size_t count;

    MUST(store_action_of_device(s->store, unit->arena, support_device_get(s, id).id, 0, 10, &actions, &count,
                                &unit->err));
    assert_int_equal(count, 1);
    return actions[0].id;
}
