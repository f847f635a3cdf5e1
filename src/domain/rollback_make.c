/* The rollouts that take another one back. */
#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/plans.h"
#include "domain/rollback.h"
#include "domain/rollout_parts.h"
#include "domain/staging.h"
#include "domain/terms.h"
#include "store/rollouts.h"

#define WEIGHT_ABOVE 100
#define WEIGHT_MOST 1000
#define FIRST_MOST 10
#define SOAK_MOST_MIN 5 /* it ran there before */
#define HEALTHY_MOST 60 /* percent of the few that go first: most of them, for some may be beyond help */

/* What the way back does not take over: times of then, what waits for people, and what looks at settings, for
 * a device that is in trouble may be unable to make a backup. */
static const char *const left_out[] = {"starts",     "earliest",           "latest",
                                       "approved",   "soak_workday",       "supersede",
                                       "order",      "fault_rise_percent", "print_drop_percent",
                                       "compare",    "fresh_backup_h",     "reapply",
                                       "rolls_back", "urgent_reason",      "download_window",
                                       NULL};

/* What undoes an urgent rollout is as urgent, for the same reason unless another is given. */
static bool urgent_reason(struct arena *arena, const struct rollout *r, const struct rollback_wish *wish,
                          const char **out, struct err *err)
{
    struct rollout_terms was;

    if (!terms_text(arena, r->terms, &was, err))
        return false;
    *out = !text_blank(wish->urgent_reason) || !r->is_urgent ? wish->urgent_reason
           : text_blank(was.urgent_reason)                   ? "it undoes an urgent rollout"
                                                             : was.urgent_reason;
    return true;
}

static bool terms_of(struct arena *arena, const struct rollout *r, const struct rollback_wish *wish,
                     const char **out, struct err *err)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    const char *reason;

    if (!terms_rewrite(arena, r->terms, left_out, &j, err) || !urgent_reason(arena, r, wish, &reason, err))
        return false;
    json_text_if(&j, "urgent_reason", reason);
    json_int(&j, "rolls_back", r->id);
    json_close(&j);
    *out = buf_cstr(&b);
    return true;
}

static const char *selection_of(struct arena *arena, const struct rollout *r, const struct rollback_way *way)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    json_int(&j, "changed_by", r->id);
    json_open_list(&j, "had");
    for (size_t i = 0; i < way->had_count; i++)
        json_text(&j, NULL, way->had[i]);
    json_close(&j);
    json_close(&j);
    return buf_cstr(&b);
}

/* As many characters as a name has; a further one gets a number. */
static const char *name_of(struct arena *arena, const struct rollout *r, const struct rollback_way *way,
                           int64_t made)
{
    const char *number = made ? arena_printf(arena, " #%" PRId64, made + 1) : "";

    return arena_printf(arena, "%.32s back to %.20s%s", r->name, way->release.version, number);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool draft_of(struct arena *arena, const struct rollout *r, const struct rollback_way *way,
                     const struct rollback_wish *wish, int64_t made, struct rollout *out, struct err *err)
{
    struct rollout draft = *r;

    draft.name = name_of(arena, r, way, made);
    draft.release_id = way->release.id;
    draft.kind = ACTION_FORCED;
    draft.weight = least(r->weight + WEIGHT_ABOVE, WEIGHT_MOST);
    draft.stage = 0;
    draft.selection = selection_of(arena, r, way);
    draft.is_urgent = r->is_urgent || !text_blank(wish->urgent_reason);
    draft.healthy_percent = least(r->healthy_percent, HEALTHY_MOST);
    draft.soak_min = least(r->soak_min, SOAK_MOST_MIN);
    draft.reason = draft.cluster = "";
    draft.started_ms = draft.ended_ms = 0;
    *out = draft;
    return terms_of(arena, r, wish, &out->terms, err);
}

static int64_t first_of(const struct rollback_wish *wish, const struct rollback_way *way)
{
    return wish->first ? wish->first : least((way->devices + FIRST_MOST - 1) / FIRST_MOST, FIRST_MOST);
}

/* Whoever was led there may run it still. Of many, some do not. */
static bool concerns(struct world *world, struct arena *arena, const struct rollout *draft, bool is_small,
                     bool *out, struct err *err)
{
    struct rollout_stage rest = {.kind = STAGE_REST, .tag = ""};
    struct staging_unfit unasked = {0};

    *out = true;
    if (!is_small)
        return true;
    *out = staging_plan(world, arena, draft, &rest, 1, &unasked, err);
    return *out || err->code == ERR_CONFLICT;
}

/* Inside a tx. *id 0: nobody is left that would go this way. */
static bool go(struct world *world, struct arena *arena, const struct who *who, const struct rollout *r,
               const struct rollback_way *way, const struct rollback_wish *wish, int64_t made, int64_t now_ms,
               int64_t *id, struct err *err)
{
    const struct rollout_stage first = {.kind = STAGE_COUNT, .value = first_of(wish, way), .tag = ""};
    bool is_small = way->devices <= world->settings->plan_at_once, is_wanted;
    struct rollout draft;

    *id = 0;
    if (!draft_of(arena, r, way, wish, made, &draft, err) ||
        !concerns(world, arena, &draft, is_small, &is_wanted, err))
        return false;
    if (!is_wanted)
        return true;
    if (!rollout_keep(world, arena, who, &draft, &first, 1, now_ms, err))
        return false;
    *id = draft.id;
    return wish->is_draft || rollout_begin(world, arena, &draft, is_small, now_ms, err);
}

struct trip { /* what was made */
    int64_t *ids;
    size_t count;
    const char *text; /* for the audit log */
};

static bool go_all(struct world *world, struct arena *arena, const struct who *who, const struct rollout *r,
                   const struct rollback_wish *wish, int64_t now_ms, struct trip *out, struct err *err)
{
    struct buf text = {.arena = arena};
    struct rollback b;
    int64_t open_id, made, id;

    if (!rollback_none_open(world, arena, r, err) || !rollback_made(world, arena, r, &open_id, &made, err) ||
        !rollback_propose(world, arena, r, &b, err))
        return false;
    if (b.refused)
        return FAIL(err, ERR_CONFLICT, "no way back from rollout %s: %s", r->name, b.refused);
    out->ids = ARENA_MANY(arena, int64_t, b.count + 1);
    for (size_t i = 0; i < b.count; i++) {
        if (!go(world, arena, who, r, &b.ways[i], wish, made, now_ms, &id, err))
            return false;
        if (!id)
            continue;
        out->ids[out->count++] = id;
        buf_printf(&text, "%srollout %" PRId64 " to %s", text.size ? ", " : "", id,
                   b.ways[i].release.version);
    }
    out->text = buf_cstr(&text);
    return out->count > 0 ||
           FAIL(err, ERR_CONFLICT, "no device that rollout %s changed lacks what it ran before", r->name);
}

bool rollout_back(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const struct rollback_wish *wish, int64_t now_ms, struct rollout_view **out, size_t *count,
                  struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct rollout_view *views;
    struct trip trip = {0};
    struct rollout r;

    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, who->tenant_id, id, &r, err) ||
        !go_all(world, arena, who, &r, wish, now_ms, &trip, err) ||
        !audit_note(world, who, "rollout.back", r.name, trip.text, now_ms, err) || !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    bell_ring_tenant(world->bell, who->tenant_id);
    views = ARENA_MANY(arena, struct rollout_view, trip.count);
    for (size_t i = 0; i < trip.count; i++)
        if (!rollout_view(world, arena, who->tenant_id, trip.ids[i], &views[i], err))
            return false;
    *out = views;
    *count = trip.count;
    return true;
}
