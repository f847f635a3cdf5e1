/* When an action may be installed, and whether what is left of the time is enough. Whose hours count: the
 * first of these that says any.
 *
 *   a restore            asks nobody: somebody stands beside it and waits
 *   the action itself    not before, not after, as it was assigned by hand
 *   an urgent rollout    any time; why is in its terms and in the audit log
 *   the rollout          its window, or each device's own quiet minutes (terms: quiet)
 *   the site             its window
 *   the tenant           its window, for whoever has none of the above
 *   nobody               any time that no blackout closes
 *
 * Holidays and blackouts cut the windows of rollout, site and tenant. `earliest` and `latest` of a rollout
 * cut whatever it goes by, an urgent one too; by hand is by hand.
 *
 * An install begins only where it ends in time: what it lasts is what the manifest says, or what installs
 * were measured to last (timing.h). Downloads have hours of their own (terms: download_window), in which no
 * holiday counts; without them they may run any time. A client that downloads and installs in one go does
 * both in its install hours as well, or it would never do either. */
#pragma once

#include "domain/fresh.h"
#include "domain/opening.h"
#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"
#include "model/tenant.h"
#include "model/terms.h"
#include "store/actions.h"

enum schedule_by { BY_NOBODY, BY_ACTION, BY_ROLLOUT, BY_QUIET, BY_SITE, BY_TENANT };

struct schedule {
    bool has_window; /* false: any time, and the rest means nothing */
    bool is_open;    /* an install may begin now, and ends in time */
    bool is_lapsed;
    bool is_held;                /* by a hold, whatever the window says */
    struct fresh_need fresh;     /* looked up by whoever gives orders, as is_held is */
    int64_t opens_ms, closes_ms; /* 0: no such end */
    enum schedule_by by;
    bool is_by_use; /* BY_QUIET: by its pages; else it told none, and they lie about the middle */
    int64_t quiet_start_min, quiet_end_min; /* BY_QUIET, on the clock of its site */
    int64_t earliest_ms, latest_ms;         /* what the rollout said; 0: nothing */
    int64_t needs_min;                      /* what an install is taken to last */
    bool is_ending;                         /* its hours are open, and what is left is too short */
    int64_t left_min;
    bool is_short; /* none of its hours holds an install */
    int64_t longest_min;
    bool is_download_shut;
    int64_t download_opens_ms; /* 0: never */
};

/* Pure: an action's own hours; has_window false when it has none. */
struct schedule schedule_own(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms);
/* The tenant's window; start_min -1: it has none. */
bool schedule_tenant_window(struct world *world, struct arena *arena, int64_t tenant_id, struct window *out,
                            struct err *err) CHECKED;
/* Pure: of windows that are set the one that counts, or NULL: any time. Its zone is the site's where it names
 * none. */
const struct window *schedule_window(const struct action_rules *rules, const struct site *site,
                                     const struct window *of_tenant, const struct closures *clear,
                                     enum schedule_by *by);
/* A device's own quietest minutes as its rollout asks for them, in the zone of its site. */
bool schedule_quiet(struct world *world, struct arena *arena, const struct device *device,
                    const struct rollout_terms *terms, struct window *out, bool *is_by_use,
                    struct err *err) CHECKED;
/* Pure. Does its client download and install in one go? */
bool schedule_takes_both(const struct device *device);
/* Pure. The last instant at which an install may begin; 0: there is no end. */
int64_t schedule_begin_until_ms(const struct schedule *schedule);
/* Pure. The first instant from `asked_ms` on, of which the schedule tells, at which an install that fits may
 * begin; SCHEDULE_NEVER: none of its hours holds one. */
#define SCHEDULE_NEVER INT64_MAX
int64_t schedule_begin_from_ms(const struct schedule *schedule, int64_t asked_ms);
bool schedule_of(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct schedule *out, struct err *err) CHECKED;
