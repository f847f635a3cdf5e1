#include "sim/invariants.h"

#include <stdarg.h>
#include <stdio.h>

/* clang-format off */
const struct invariant invariants[] = {
    /* name                              judged at        by */
    { "tallies_count_the_actions",       MOMENT_REST,     rest_tally             },
    { "what_is_over_stays_over",         MOMENT_REST,     rest_law               },
    { "one_turn_in_a_rollout",           MOMENT_REST,     rest_one_turn          },
    { "retries_end",                     MOMENT_REST,     rest_tries             },
    { "stages_open_in_order",            MOMENT_REST,     rest_stage_order       },
    { "stages_are_as_large_as_ordered",  MOMENT_REST,     rest_stage_size        },
    { "a_crash_loses_nothing",           MOMENT_CRASH,    rest_crash             },
    { "one_offer_in_hand",               MOMENT_SHOWN,    rest_one_in_hand       },
    { "no_action_is_lost",               MOMENT_END,      rest_all_end           },
    { "versions_are_known",              MOMENT_END,      rest_versions          },

    { "only_its_own_is_shown",           MOMENT_SHOWN,    offers_own_action      },
    { "stopped_is_not_shown",            MOMENT_SHOWN,    offers_stopped_shown   },
    { "stopped_is_not_allowed",          MOMENT_ALLOWED,  offers_stopped_shown   },
    { "only_running_rollouts_offer",     MOMENT_REST,     offers_stopped_made    },
    { "only_published_is_offered",       MOMENT_REST,     offers_published       },
    { "only_open_stages_offer",          MOMENT_REST,     offers_stage_open      },
    { "held_is_not_offered",             MOMENT_REST,     offers_held_made       },
    { "held_is_not_shown",               MOMENT_SHOWN,    offers_held_shown      },
    { "held_is_not_allowed",             MOMENT_ALLOWED,  offers_held_shown      },
    { "nobody_is_allowed_outside_hours", MOMENT_ALLOWED,  offers_window          },
    { "nobody_begins_outside_hours",     MOMENT_BEGINS,   offers_window          },
    { "who_misreads_skip_sees_no_link",  MOMENT_SHOWN,    offers_hours_of_stock  },
    { "nobody_begins_late_after_a_halt", MOMENT_BEGINS,   offers_begin_late      },

    { "no_more_at_once_than_ordered",    MOMENT_REST,     spread_at_once         },
    { "no_more_of_a_site_than_ordered",  MOMENT_REST,     spread_site            },
    { "one_of_a_site_keeps_working",     MOMENT_REST,     spread_keeps_one       },

    { "the_gate_halts_when_it_must",     MOMENT_TICK,     gates_halt             },
    { "the_gate_goes_on_when_it_may",    MOMENT_TICK,     gates_advance          },
    { "bricks_stay_in_open_stages",      MOMENT_REST,     gates_bricks           },
    { NULL, MOMENT__MAX, NULL },
};
/* clang-format on */

bool why_not(struct why *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return false;
}

void invariants_judge(struct sim *sim, const struct moment *moment)
{
    struct why why = {""};

    for (const struct invariant *i = invariants; i->name && !sim_is_broken(sim); i++)
        if (i->at == moment->kind && !i->holds(sim, moment, &why))
            sim_break(sim, i->name, "%s", why.text);
}
