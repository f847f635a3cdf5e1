#include "domain/rollout.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mutant.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/canary.h"
#include "domain/plans.h"
#include "domain/quiet.h"
#include "domain/recall.h"
#include "domain/rollback.h"
#include "domain/rollout_cut.h"
#include "domain/rollout_parts.h"
#include "domain/selection.h"
#include "domain/terms.h"
#include "domain/window.h"
#include "domain/zone.h"
#include "store/backup_keys.h"
#include "store/releases.h"
#include "store/rollouts.h"

static const struct {
    enum rollout_state from;
    enum rollout_event event;
    enum rollout_state to;
} moves[] = {
    /* clang-format off */
    { ROLLOUT_DRAFT,    ROLLOUT_DO_START,     ROLLOUT_PLANNING },
    { ROLLOUT_DRAFT,    ROLLOUT_DO_ABORT,     ROLLOUT_ABORTED  },
    { ROLLOUT_PLANNING, ROLLOUT_SAW_PLAN,     ROLLOUT_RUNNING  },
    { ROLLOUT_PLANNING, ROLLOUT_SAW_NOBODY,   ROLLOUT_DRAFT    },
    { ROLLOUT_PLANNING, ROLLOUT_DO_PAUSE,     ROLLOUT_DRAFT    },
    { ROLLOUT_PLANNING, ROLLOUT_DO_ABORT,     ROLLOUT_ABORTED  },
    { ROLLOUT_RUNNING,  ROLLOUT_DO_PAUSE,     ROLLOUT_PAUSED   },
    { ROLLOUT_RUNNING,  ROLLOUT_DO_ABORT,     ROLLOUT_ABORTED  },
    { ROLLOUT_RUNNING,  ROLLOUT_SAW_FAILURES, ROLLOUT_HALTED   },
    { ROLLOUT_RUNNING,  ROLLOUT_SAW_ALL_DONE, ROLLOUT_FINISHED },
    { ROLLOUT_RUNNING,  ROLLOUT_SAW_NEWER,    ROLLOUT_FINISHED },
    { ROLLOUT_PAUSED,   ROLLOUT_SAW_NEWER,    ROLLOUT_FINISHED },
    { ROLLOUT_HALTED,   ROLLOUT_SAW_NEWER,    ROLLOUT_FINISHED },
    { ROLLOUT_PAUSED,   ROLLOUT_DO_RESUME,    ROLLOUT_RUNNING  },
    { ROLLOUT_PAUSED,   ROLLOUT_DO_ABORT,     ROLLOUT_ABORTED  },
    { ROLLOUT_HALTED,   ROLLOUT_DO_RESUME,    ROLLOUT_RUNNING  },
    { ROLLOUT_HALTED,   ROLLOUT_DO_ABORT,     ROLLOUT_ABORTED  },
    /* clang-format on */
};

static const char *const event_name[ROLLOUT_EVENT__MAX] = {
    "start", "pause", "resume", "abort", "open", "be a draft", "halt", "finish", "be superseded"};

enum rollout_state rollout_next(enum rollout_state from, enum rollout_event event)
{
    for (size_t i = 0; i < COUNT(moves); i++)
        if (moves[i].from == from && moves[i].event == event)
            return moves[i].to;
    return ROLLOUT_STATE__MAX;
}

/* ---- a draft ------------------------------------------------------------------------ */

static bool stages_check(const struct rollout_stage *stages, size_t count, struct err *err)
{
    bool has_canary = false;

    for (size_t i = 0; i < count; i++) {
        const struct rollout_stage *s = &stages[i];

        if (s->kind == STAGE_COUNT && (s->value < 1 || s->value > 10000000))
            return FAIL(err, ERR_INVALID, "stage %zu: a count is 1 to 10000000 devices", i);
        if (s->kind == STAGE_PERCENT && (s->value < 1 || s->value > 100))
            return FAIL(err, ERR_INVALID, "stage %zu: a percent is 1 to 100", i);
        if (s->kind == STAGE_GROUP && text_blank(s->tag))
            return FAIL(err, ERR_INVALID, "stage %zu: a group needs the tag of its devices", i);
        if (s->kind == STAGE_CANARY && s->value > CANARY_MOST)
            return FAIL(err, ERR_INVALID, "stage %zu: canaries are at most %d devices", i, CANARY_MOST);
        if (s->kind == STAGE_CANARY && has_canary)
            return FAIL(err, ERR_INVALID, "stage %zu: one stage of canaries is enough", i);
        has_canary |= s->kind == STAGE_CANARY;
        if (s->kind == STAGE_REST && i + 1 != count)
            return FAIL(err, ERR_INVALID, "stage %zu: only the last stage takes the rest", i);
    }
    return true;
}

/* A backup that nobody takes would be waited for in vain. */
static bool backups_check(struct world *world, struct arena *arena, const struct rollout *draft,
                          struct err *err)
{
    struct rollout_terms terms;
    struct backup_key key;

    if (!terms_text(arena, draft->terms, &terms, err))
        return false;
    if (terms.fresh_backup_h == 0)
        return true;
    if (!store_backup_key_get(world->store, arena, draft->tenant_id, &key, err))
        return false;
    return key.custody != BACKUP_CUSTODY_NONE ||
           FAIL(err, ERR_CONFLICT,
                "fresh_backup_h: the service takes no backups yet; see: nightshift backup "
                "custody");
}

/* What terms say beside the rest of the draft. */
static bool terms_check(const struct rollout *draft, const struct rollout_terms *terms, struct err *err)
{
    int64_t opens, closes;

    if (draft->is_urgent && text_blank(terms->urgent_reason))
        return FAIL(err, ERR_INVALID,
                    "urgent needs a reason, for it disturbs people at work: terms.urgent_reason");
    if (terms->quiet_min && draft->window.start_min >= 0)
        return FAIL(err, ERR_INVALID, "a window and terms.quiet exclude each other");
    if (terms->quiet_min > quiet_range_min(terms->quiet_from_min, terms->quiet_to_min))
        return FAIL(err, ERR_INVALID, "terms.quiet: its minutes do not fit between from and to");
    if (terms->latest_ms && terms->latest_ms <= draft->created_ms)
        return FAIL(err, ERR_INVALID, "terms.latest is over already");
    return terms->download.start_min < 0 ||
           window_next(&terms->download, "UTC", draft->created_ms, &opens, &closes, err) ||
           err_within(err, "terms.download_window");
}

/* The reason to disturb people goes on record with whoever has it. */
static const char *make_detail(struct arena *arena, const struct rollout *draft)
{
    struct rollout_terms terms;
    struct err err = {0};

    if (!draft->is_urgent || !terms_text(arena, draft->terms, &terms, &err))
        return "";
    return arena_printf(arena, "urgent: %s", terms.urgent_reason);
}

static bool draft_check(struct world *world, struct arena *arena, const struct rollout *draft,
                        struct err *err)
{
    struct selection selection;
    struct rollout_terms terms;
    struct release release;
    int64_t opens, closes;

    if (!store_release_get(world->store, arena, draft->tenant_id, draft->release_id, &release, err) ||
        !terms_text(arena, draft->terms, &terms, err) ||
        !selection_text(arena, draft->selection, &selection, err))
        return false;
    if (release.state != RELEASE_PUBLISHED)
        return FAIL(err, ERR_CONFLICT, "release %s %s is %s: publish it first", release.family,
                    release.version, release_state_name[release.state]);
    if (!terms_check(draft, &terms, err))
        return false;
    if (!text_blank(draft->window.zone) && !zone_exists(draft->window.zone))
        return FAIL(err, ERR_INVALID, "no time zone %s; use an IANA name such as Europe/Berlin",
                    draft->window.zone);
    return backups_check(world, arena, draft, err) &&
           (draft->window.start_min < 0 ||
            window_next(&draft->window, "UTC", draft->created_ms, &opens, &closes, err));
}

bool rollout_keep(struct world *world, struct arena *arena, const struct who *who, struct rollout *draft,
                  const struct rollout_stage *stages, size_t count, int64_t now_ms, struct err *err)
{
    struct rollout_stage all[STAGES_MAX + 1];

    if (count > STAGES_MAX)
        return FAIL(err, ERR_INVALID, "more than %d stages", STAGES_MAX);
    if (count)
        memcpy(all, stages, count * sizeof(*stages));
    if (count == 0 || all[count - 1].kind != STAGE_REST)
        all[count++] = (struct rollout_stage){.kind = STAGE_REST, .tag = ""};
    draft->tenant_id = who->tenant_id;
    draft->created_by = who->name;
    draft->created_ms = now_ms;
    draft->state = ROLLOUT_DRAFT;
    if (!stages_check(all, count, err) || !draft_check(world, arena, draft, err) ||
        !store_rollout_put(world->store, draft, &draft->id, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        all[i].rollout_id = draft->id;
        all[i].no = (int64_t)i;
        if (!store_stage_put(world->store, &all[i], err))
            return false;
    }
    return true;
}

bool rollout_make(struct world *world, struct arena *arena, const struct who *who, struct rollout *draft,
                  const struct rollout_stage *stages, size_t count, int64_t now_ms, struct rollout_view *out,
                  struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, world->store, err) &&
           rollout_keep(world, arena, who, draft, stages, count, now_ms, err) &&
           audit_note(world, who, "rollout.make", draft->name, make_detail(arena, draft), now_ms, err) &&
           tx_commit(&tx, err) && rollout_view(world, arena, who->tenant_id, draft->id, out, err);
}

static bool view_of(struct world *world, struct arena *arena, const struct rollout *r,
                    struct rollout_view *out, struct err *err)
{
    struct rollout_view v = {.rollout = *r};
    struct release release;

    if (!store_release_get(world->store, arena, r->tenant_id, r->release_id, &release, err) ||
        !store_stage_list(world->store, arena, r->id, &v.stages, &v.stage_count, err))
        return false;
    v.family = release.family;
    v.version = release.version;
    v.tally = ARENA_MANY(arena, struct rollout_tally, v.stage_count + 1);
    if (!store_tally_list(world->store, r->id, v.tally, v.stage_count, err))
        return false;
    *out = v;
    return true;
}

bool rollout_view(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                  struct rollout_view *out, struct err *err)
{
    struct rollback *back = ARENA_NEW(arena, struct rollback);
    struct rollout r;

    if (!store_rollout_get(world->store, arena, tenant_id, id, &r, err) ||
        !view_of(world, arena, &r, out, err))
        return false;
    if (r.state != ROLLOUT_HALTED && r.state != ROLLOUT_ABORTED)
        return true;
    out->back = back;
    return rollback_propose(world, arena, &r, back, err);
}

bool rollout_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t before, int64_t limit,
                  struct rollout_view **out, size_t *count, struct err *err)
{
    struct rollout_view *views;
    struct rollout *rollouts;
    size_t n;

    if (!store_rollout_list(world->store, arena, tenant_id, before, limit, &rollouts, &n, err))
        return false;
    views = ARENA_MANY(arena, struct rollout_view, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!view_of(world, arena, &rollouts[i], &views[i], err))
            return false;
    *out = views;
    *count = n;
    return true;
}

/* ---- a person's moves ------------------------------------------------------------------ */

/* Before the writer is asked for: whoever checks in meanwhile shall not wait for a walk through the family.
 * *why: what is said of one that only starts later. */
static bool prepare_start(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                          int64_t now_ms, struct rollout_cut *cut, const char **why, struct err *err)
{
    struct rollout_terms terms;
    struct rollout r;

    *why = "";
    if (!store_rollout_get(world->store, arena, tenant_id, id, &r, err) ||
        !terms_text(arena, r.terms, &terms, err))
        return false;
    if (terms.starts_ms <= now_ms)
        return rollout_cut_small(world, arena, tenant_id, id, now_ms, cut, err);
    *why = arena_printf(arena, "it starts at %s", text_time(arena, terms.starts_ms));
    return true;
}

/* Inside a tx: the move itself and what goes with it. */
static bool do_move(struct world *world, const struct rollout *r, enum rollout_event event, const char *why,
                    int64_t now_ms, struct err *err)
{
    enum rollout_state to = rollout_next(r->state, event);
    bool is_over = to == ROLLOUT_ABORTED || to == ROLLOUT_FINISHED;
    bool is_moved;

    if (to == ROLLOUT_STATE__MAX)
        return FAIL(err, ERR_CONFLICT, "a %s rollout cannot %s", rollout_state_name[r->state],
                    event_name[event]);
    if (!store_rollout_move(world->store, r->id, r->state, to, why, is_over ? now_ms : 0, &is_moved, err))
        return false;
    if (!is_moved)
        return FAIL(err, ERR_CONFLICT, "rollout %s was just changed by somebody else; look again", r->name);
    if (event == ROLLOUT_DO_RESUME && !store_rollout_cluster(world->store, r->id, "", err))
        return false;
    if (event == ROLLOUT_DO_ABORT || event == ROLLOUT_SAW_FAILURES)
        return MUTANT_IS(9) || recall_rollout(world, r->id, now_ms, err);
    return true;
}

bool rollout_apply(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   enum rollout_event event, const char *reason, int64_t now_ms, struct rollout_view *out,
                   struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *what = arena_printf(arena, "rollout.%s", event_name[event]);
    const char *why = reason; /* it stands still; a start's is for the audit log */
    struct rollout_cut cut = {0};
    struct rollout r;

    if (event == ROLLOUT_DO_START &&
        !prepare_start(world, arena, who->tenant_id, id, now_ms, &cut, &why, err))
        return false;
    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, who->tenant_id, id, &r, err) ||
        !do_move(world, &r, event, why, now_ms, err) ||
        (event == ROLLOUT_DO_RESUME && !rollback_none_open(world, arena, &r, err)) ||
        (cut.count && !rollout_cut_open(world, arena, &r, &cut, now_ms, err)) ||
        !audit_note(world, who, what, r.name, reason, now_ms, err) || !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    bell_ring_tenant(world->bell, who->tenant_id);
    return rollout_view(world, arena, who->tenant_id, id, out, err);
}
