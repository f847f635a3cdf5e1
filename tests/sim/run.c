#include "sim/run.h"

#include <stdlib.h>

#include "sim/device.h"
#include "sim/invariants.h"
#include "sim/operator.h"
#include "sim/plan.h"
#include "sim/service.h"
#include "sim/talk.h"

#define DRAIN_DAYS 30         /* silence, soaks and a window a week are over by then */
#define QUEUE_DAYS 400        /* 40 machines one behind another, each given up after its tries */
#define QUIET_MS (2 * DAY_MS) /* so long nothing may be open before it is called the end */

/* ---- what comes next ------------------------------------------------------------------------- */

enum turn { TURN_TICK, TURN_OPERATOR, TURN_JUMP, TURN_LATE, TURN_MACHINE };
struct next {
    enum turn turn;
    int64_t at_ms;
    int which;
};

static void sooner(struct next *next, enum turn turn, int64_t at_ms, int which)
{
    if (at_ms < next->at_ms)
        *next = (struct next){turn, at_ms, which};
}

static struct next next_of(const struct sim *sim)
{
    struct next next = {TURN_TICK, sim->next_tick_ms, 0};

    sooner(&next, TURN_OPERATOR, sim->next_operator_ms, 0);
    sooner(&next, TURN_JUMP, sim->next_jump_ms, 0);
    for (int i = 0; i < sim->late_count; i++)
        sooner(&next, TURN_LATE, sim->late[i].due_ms, i);
    for (int i = 0; i < sim->machine_count; i++)
        sooner(&next, TURN_MACHINE, sim->machines[i].next_ms, i);
    return next;
}

/* The service's clock is set: some minutes, or some hours, this way or that. */
static void jump(struct sim *sim)
{
    int64_t by = dice_between(&sim->dice, -180, 180);

    sim->skew_ms += by * (dice_chance(&sim->dice, 30) ? 8 : 1) * MINUTE_MS;
    sim->next_jump_ms = dice_chance(&sim->dice, 50)
                            ? sim->true_ms + dice_between(&sim->dice, 60, 2880) * MINUTE_MS
                            : INT64_MAX;
    sim->hours_changed_ms = sim->true_ms;
    sim_tell(sim, "the service's clock jumps; it is now %lld min off", (long long)(sim->skew_ms / MINUTE_MS));
}

static void step(struct sim *sim)
{
    struct next next = next_of(sim);

    arena_reset(sim->arena);
    sim->step++;
    sim->true_ms = next.at_ms > sim->true_ms ? next.at_ms : sim->true_ms;
    switch (next.turn) {
    case TURN_TICK:
        service_tick(sim);
        sim->next_tick_ms = sim->true_ms + sim->tick_min * MINUTE_MS;
        break;
    case TURN_OPERATOR:
        operator_step(sim);
        break;
    case TURN_JUMP:
        jump(sim);
        break;
    case TURN_LATE:
        talk_late(sim, next.which);
        break;
    case TURN_MACHINE:
        device_step(sim, &sim->machines[next.which]);
        break;
    }
}

/* ---- a life -------------------------------------------------------------------------------------- */

static void play(struct sim *sim)
{
    operator_roll_out(sim);
    while (sim->true_ms < sim->end_ms && !sim_is_broken(sim))
        step(sim);
}

static bool is_all_over(const struct sim *sim)
{
    for (size_t i = 0; i < sim->ledger.count; i++)
        if (!action_is_closed(sim->ledger.rows[i].state))
            return false;
    return sim->late_count == 0;
}

/* Plays until nothing has been open for a while. What is offered has DRAIN_DAYS to end: a queue behind a limit
 * is played to its last machine. */
static void play_out(struct sim *sim)
{
    int64_t last_ms = sim->true_ms + QUEUE_DAYS * DAY_MS, quiet_ms = sim->true_ms + QUIET_MS;
    size_t offered = sim->ledger.count;

    sim->end_ms = sim->true_ms + DRAIN_DAYS * DAY_MS;
    while (sim->true_ms < sim->end_ms && sim->true_ms < quiet_ms && !sim_is_broken(sim)) {
        step(sim);
        if (!is_all_over(sim))
            quiet_ms = sim->true_ms + QUIET_MS;
        if (sim->ledger.count > offered && sim->true_ms < last_ms)
            sim->end_ms = sim->true_ms + DRAIN_DAYS * DAY_MS;
        offered = sim->ledger.count;
    }
}

/* Nobody disturbs any more. The service's clock may still be off: that is no reason to lose anything. */
static void drain(struct sim *sim)
{
    struct moment end = {.kind = MOMENT_END};

    sim->is_draining = true;
    sim->next_operator_ms = sim->next_jump_ms = INT64_MAX;
    sim->tick_min = 180;
    operator_clear(sim);
    play_out(sim);
    arena_reset(sim->arena);
    invariants_judge(sim, &end);
}

static void settings_make(struct sim *sim)
{
    settings_default(&sim->settings);
    sim->settings.data_dir = sim->dir;
    sim->settings.tick_ms = 60000;
    sim->settings.action_timeout_h = 30;
}

void run_seed(uint64_t seed, const char *dir, struct clocks *clocks, bool tells, struct run *out)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    if (!sim)
        abort();
    sim->seed = seed;
    sim->dice = dice_of(seed);
    sim->dir = dir;
    sim->clocks = clocks;
    sim->tells = tells;
    sim->arena = arena_new();
    settings_make(sim);
    plan_make(sim);
    service_open(sim);
    plan_put(sim);
    play(sim);
    if (!sim_is_broken(sim))
        drain(sim);
    *out = (struct run){.steps = sim->step,
                        .actions = (int64_t)sim->ledger.count,
                        .crashes = sim->crashes,
                        .digest = sim->digest,
                        .broken_step = sim->step};
    for (int i = 0; i < sim->campaign_count; i++)
        out->halts += sim->campaigns[i].halts;
    for (int i = 0; i < sim->machine_count; i++)
        out->bricks += sim->machines[i].is_bricked;
    memcpy(out->broken, sim->broken, sizeof(out->broken));
    service_close(sim);
    ledger_free(&sim->ledger);
    arena_freep(&sim->arena);
    free(sim);
}
