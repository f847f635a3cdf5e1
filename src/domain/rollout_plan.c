/* From `planning` to `running`: the cut, on a reader, and the short transaction behind it. */
#include "domain/rollout_cut.h"

#include <inttypes.h>

#include "base/log.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/plans.h"
#include "domain/rollout_parts.h"
#include "domain/staging.h"
#include "domain/supersede.h"
#include "domain/tenant.h"
#include "domain/terms.h"
#include "store/releases.h"
#include "store/rollouts.h"

static bool cut_make(struct world *world, struct arena *arena, const struct rollout *r, int64_t now_ms,
                     struct rollout_cut *out, struct err *err)
{
    struct rollout_cut cut = {.unfit.fit = staging_fit_new(world, arena, r, now_ms)};

    if (!store_stage_list(world->store, arena, r->id, &cut.stages, &cut.count, err) ||
        !staging_plan(world, arena, r, cut.stages, cut.count, &cut.unfit, err))
        return false;
    *out = cut;
    return true;
}

bool rollout_cut_small(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                       int64_t now_ms, struct rollout_cut *out, struct err *err)
{
    int64_t most = world->settings->plan_at_once, reached;
    struct release release;
    struct rollout r;

    if (!store_rollout_get(world->store, arena, tenant_id, id, &r, err))
        return false;
    if (r.state != ROLLOUT_DRAFT)
        return true; /* the move itself is refused, and says why */
    return store_release_get(world->store, arena, tenant_id, r.release_id, &release, err) &&
           store_family_reach(world->store, tenant_id, release.family, most + 1, &reached, err) &&
           (reached > most || cut_make(world, arena, &r, now_ms, out, err));
}

/* What people should know from the start. */
static bool note_of(struct arena *arena, const struct rollout *r, const struct rollout_cut *cut,
                    const char **out, struct err *err)
{
    const char *unfit = staging_fit_text(arena, &cut->unfit), *backups;
    struct rollout_terms terms;

    if (!terms_text(arena, r->terms, &terms, err))
        return false;
    backups =
        terms.fresh_backup_h && cut->count && cut->stages[0].without_backup
            ? arena_printf(arena,
                           "%" PRId64 " of its devices take no part in backups, and get nothing without one",
                           cut->stages[0].without_backup)
            : "";
    *out = *unfit && *backups ? arena_printf(arena, "%s; %s", backups, unfit) : *unfit ? unfit : backups;
    return true;
}

bool rollout_cut_open(struct world *world, struct arena *arena, const struct rollout *r,
                      const struct rollout_cut *cut, int64_t now_ms, struct err *err)
{
    const char *note;
    bool is_moved;

    if (!note_of(arena, r, cut, &note, err))
        return false;
    for (size_t i = 0; i < cut->count; i++)
        if (!store_stage_plan(world->store, &cut->stages[i], err))
            return false;
    if (!store_stage_open(world->store, r->id, 0, now_ms, err) ||
        !store_rollout_begin(world->store, r->id, note, now_ms, &is_moved, err) ||
        !supersede_older(world, arena, r, now_ms, err))
        return false;
    return is_moved || FAIL(err, ERR_CONFLICT, "rollout %s is not being planned any more", r->name);
}

bool rollout_begin(struct world *world, struct arena *arena, const struct rollout *draft, bool is_small,
                   int64_t now_ms, struct err *err)
{
    struct rollout_cut cut;
    bool is_moved;

    if (!store_rollout_move(world->store, draft->id, ROLLOUT_DRAFT, ROLLOUT_PLANNING, "", 0, &is_moved, err))
        return false;
    if (!is_moved)
        return FAIL(err, ERR_CONFLICT, "rollout %s was started by somebody else", draft->name);
    return !is_small || (cut_make(world, arena, draft, now_ms, &cut, err) &&
                         rollout_cut_open(world, arena, draft, &cut, now_ms, err));
}

/* ---- behind the start ------------------------------------------------------------------ */

static bool open_planned(struct world *world, struct arena *arena, const struct rollout *r,
                         const struct rollout_cut *cut, int64_t now_ms, struct err *err)
{
    int64_t devices = 0;

    for (size_t i = 0; i < cut->count; i++)
        devices += cut->stages[i].planned;
    return rollout_cut_open(world, arena, r, cut, now_ms, err) &&
           audit_service(world, r->tenant_id, "rollout.plan", r->name,
                         arena_printf(arena, "%" PRId64 " devices in %zu stages", devices, cut->count),
                         now_ms, err);
}

static bool send_back(struct world *world, const struct rollout *r, const char *why, int64_t now_ms,
                      struct err *err)
{
    bool is_moved;

    return store_rollout_move(world->store, r->id, ROLLOUT_PLANNING,
                              rollout_next(ROLLOUT_PLANNING, ROLLOUT_SAW_NOBODY), why, 0, &is_moved, err) &&
           (is_moved || FAIL(err, ERR_CONFLICT, "rollout %s is not being planned any more", r->name)) &&
           audit_service(world, r->tenant_id, "rollout.plan", r->name, why, now_ms, err);
}

/* Somebody may have paused or aborted it while it was walked for: then the walk was for nothing. */
static bool plan_one(struct world *world, const struct rollout *r, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(tx_end) struct tx tx = {0};
    struct rollout_cut cut = {0};
    struct err nobody = {0};
    bool is_done;

    if (!cut_make(world, arena, r, now_ms, &cut, &nobody) && nobody.code != ERR_CONFLICT) {
        *err = nobody;
        return false;
    }
    if (!tx_begin(&tx, world->store, err))
        return false;
    is_done = cut.count ? open_planned(world, arena, r, &cut, now_ms, err)
                        : send_back(world, r, nobody.text, now_ms, err);
    if (!is_done)
        return err->code == ERR_CONFLICT;
    if (!tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, r->tenant_id);
    bell_ring_tenant(world->bell, r->tenant_id);
    log_say(cut.count ? LOG_INFO : LOG_WARN, "rollout.plan", "rollout", r->name, "why", nobody.text, NULL);
    return true;
}

/* One that was started for later is planned then, over the fleet of then. */
static bool is_time(struct arena *arena, const struct rollout *r, int64_t now_ms, bool *out, struct err *err)
{
    struct rollout_terms terms;

    if (!terms_text(arena, r->terms, &terms, err))
        return false;
    *out = terms.starts_ms <= now_ms;
    return true;
}

struct planning {
    struct world *world;
    int64_t now_ms;
};

static bool plan_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct planning *p = ctx;
    struct rollout *planning;
    bool is_due;
    size_t count;

    if (!store_rollout_in_state(p->world->store, arena, tenant->id, ROLLOUT_PLANNING, &planning, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_time(arena, &planning[i], p->now_ms, &is_due, err) ||
            (is_due && !plan_one(p->world, &planning[i], p->now_ms, err)))
            return err_within(err, "rollout %s", planning[i].name);
    return true;
}

bool rollout_plan_tick(struct world *world, int64_t now_ms, struct err *err)
{
    return tenant_each(world, plan_visit, &(struct planning){world, now_ms}, err);
}
