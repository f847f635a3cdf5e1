/* What must hold, as a table of named functions: invariants[] in invariants.c. Whoever adds a promise to the
 * engine adds its row there; the function gets the simulation as it is and the moment that is judged. */
#pragma once

#include "sim/sim.h"

enum moment_kind {
    MOMENT_REST,  /* something at rest has changed: is_new, is_changed and was are set in the ledger's rows */
    MOMENT_SHOWN, /* a check-in has shown the machine an action as a deployment */
    MOMENT_ALLOWED, /* a deployment was read, and its update is not "skip" */
    MOMENT_BEGINS,  /* the machine begins to flash */
    MOMENT_TICK,    /* the gate has weighed; sim->forecast is from before */
    MOMENT_CRASH,   /* the service was taken away, and is back */
    MOMENT_END,     /* nobody disturbs any more, and all time has passed that anything waits for */
    MOMENT__MAX
};

struct moment {
    enum moment_kind kind;
    struct machine *machine; /* NULL: of none */
    struct row *row;         /* the action; NULL: of none */
    int64_t now_ms;          /* what the service takes, or took, the time for */
};

struct why { /* why it does not hold */
    char text[400];
};
/* false, with the words. */
bool why_not(struct why *why, const char *format, ...) PRINTF(2, 3);

struct invariant {
    const char *name;
    enum moment_kind at;
    bool (*holds)(struct sim *sim, const struct moment *moment, struct why *why);
};
extern const struct invariant invariants[]; /* ends with a name of NULL */

void invariants_judge(struct sim *sim, const struct moment *moment);

/* ---- by noun: rest.c, offers.c, spread.c, gates.c ---- */
typedef bool holds(struct sim *sim, const struct moment *moment, struct why *why);
holds rest_tally, rest_law, rest_one_turn, rest_stage_order, rest_stage_size, rest_tries, rest_crash,
    rest_all_end, rest_one_in_hand, rest_versions;
holds offers_stopped_shown, offers_stopped_made, offers_held_shown, offers_held_made, offers_window,
    offers_begin_late, offers_published, offers_stage_open, offers_own_action, offers_hours_of_stock;
void gates_forecast(struct sim *sim);
holds spread_at_once, spread_site, spread_keeps_one;
holds gates_halt, gates_advance, gates_bricks;
