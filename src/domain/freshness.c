#include "domain/freshness.h"

#include "base/log.h"
#include "base/text.h"
#include "domain/custody.h"
#include "domain/director.h"
#include "domain/tenant.h"
#include "signing/tuf.h"
#include "store/directors.h"
#include "store/tuf_files.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

const char *const freshness_name[FRESH__MAX] = {"fresh",   "half",   "60 days", "30 days",
                                                "14 days", "7 days", "expired"};
static const int64_t days[FRESH__MAX] = {[FRESH_60] = 60, [FRESH_30] = 30, [FRESH_14] = 14, [FRESH_7] = 7};

enum freshness freshness_of(int64_t signed_ms, int64_t expires_ms, bool is_offline, int64_t now_ms)
{
    int64_t life = expires_ms - signed_ms, left = expires_ms - now_ms;
    enum freshness passed = left > life / (is_offline ? 2 : 4) ? FRESH : FRESH_HALF;

    if (left <= 0)
        return FRESH_EXPIRED;
    for (int step = FRESH_60; is_offline && step <= FRESH_7; step++)
        if (days[step] * DAY_MS <= life / 2 && left <= days[step] * DAY_MS)
            passed = (enum freshness)step;
    return passed;
}

/* ---- every role of every tenant ------------------------------------------------------------ */

/* Root and families are signed by people; targets where the service has no key for it. */
static bool is_offline(struct world *world, const char *tenant, const char *role)
{
    struct key_public ignored;
    struct signer *signer;
    struct err err;

    if (text_equal(role, tuf_role_name[TUF_TIMESTAMP]) || text_equal(role, tuf_role_name[TUF_SNAPSHOT]))
        return false;
    return !text_equal(role, tuf_role_name[TUF_TARGETS]) ||
           !custody_signer(world->custody, tenant, &signer, &err) ||
           !signer_public(signer, SIGNER_TARGETS, &ignored, &err);
}

struct role_of {
    const char *tenant;
    const struct tuf_role_row *row;
    bool is_offline;
};

/* As long as the service holds its key an alarm means that it could not renew it. */
static bool director_visit(struct world *world, struct arena *arena, const struct tenant *tenant,
                           void (*visit)(void *ctx, const struct role_of *role), void *ctx, struct err *err)
{
    struct director_root root;

    if (!store_director_root_get(world->store, arena, tenant->id, 0, &root, err))
        return err->code == ERR_NOT_FOUND;
    const struct tuf_role_row row = {.role = "director-root",
                                     .version = root.version,
                                     .signed_ms = root.signed_ms,
                                     .expires_ms = root.expires_ms};
    visit(ctx, &(struct role_of){
                   tenant->name, &row,
                   !director_is_held(&(struct repository){world, arena, tenant->id, tenant->name, 0})});
    return true;
}

struct walk {
    struct world *world;
    void (*visit)(void *ctx, const struct role_of *role);
    void *ctx;
};

static bool walk_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct walk *w = ctx;
    struct tuf_role_row *rows;
    size_t count;

    if (!store_tuf_role_list(w->world->store, arena, tenant->id, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        w->visit(w->ctx,
                 &(struct role_of){tenant->name, &rows[i], is_offline(w->world, tenant->name, rows[i].role)});
    return director_visit(w->world, arena, tenant, w->visit, w->ctx, err);
}

static bool walk(struct world *world, void (*visit)(void *ctx, const struct role_of *role), void *ctx,
                 struct err *err)
{
    return tenant_each(world, walk_visit, &(struct walk){world, visit, ctx}, err);
}

static enum freshness step_of(const struct role_of *role, int64_t now_ms)
{
    return freshness_of(role->row->signed_ms, role->row->expires_ms, role->is_offline, now_ms);
}

/* ---- telling ---------------------------------------------------------------------------------- */

struct telling {
    int64_t now_ms, before_ms; /* of the tick before */
    bool is_start;
};

static void tell(void *ctx, const struct role_of *role)
{
    const struct telling *telling = ctx;
    enum freshness now = step_of(role, telling->now_ms), before = step_of(role, telling->before_ms);
    AUTO(arena_freep) struct arena *arena = arena_new();

    if (now == FRESH || (now <= before && !telling->is_start))
        return;
    log_say(now == FRESH_EXPIRED ? LOG_ERROR : LOG_WARN, "trust.expires", "tenant", role->tenant, "role",
            role->row->role, "step", freshness_name[now], "at", text_time(arena, role->row->expires_ms),
            "signed_by", role->is_offline ? "people" : "service", NULL);
}

bool freshness_tick(struct world *world, int64_t now_ms, struct err *err)
{
    int64_t every_ms =
        FRESHNESS_EVERY_MS * (world->settings->clock_rate > 0 ? world->settings->clock_rate : 1);
    struct telling telling = {now_ms, now_ms - every_ms, now_ms - world->started_ms < every_ms};

    return walk(world, tell, &telling, err) || err_within(err, "looking at what expires");
}

struct figures {
    struct buf *out;
    int64_t now_ms;
};

static void show(void *ctx, const struct role_of *role)
{
    const struct figures *figures = ctx;

    buf_printf(figures->out, "nightshift_tuf_alarm{tenant=\"%s\",role=\"%s\"} %d\n", role->tenant,
               role->row->role, (int)step_of(role, figures->now_ms));
}

void freshness_figures(struct world *world, int64_t now_ms, struct buf *out)
{
    struct figures figures = {out, now_ms};
    struct err ignored;

    buf_text(out, "# HELP nightshift_tuf_alarm How near a TUF role is to its end: 0 fresh, 1 half, 2 to 5: "
                  "60, 30, 14, 7"
                  " days, 6 expired.\n# TYPE nightshift_tuf_alarm gauge\n");
    if (!walk(world, show, &figures, &ignored))
        log_say(LOG_WARN, "freshness.figures", "why", ignored.text, NULL);
}
