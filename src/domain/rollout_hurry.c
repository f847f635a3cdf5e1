/* A rollout that need not wait for its hours any more. */
#include "base/json.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/plans.h"
#include "domain/rollout.h"
#include "domain/terms.h"
#include "store/rollouts.h"

static bool may_hurry(const struct rollout *r, struct err *err)
{
    switch (r->state) {
    case ROLLOUT_DRAFT:
    case ROLLOUT_PLANNING:
    case ROLLOUT_RUNNING:
    case ROLLOUT_PAUSED:
        return !r->is_urgent || FAIL(err, ERR_CONFLICT, "rollout %s is urgent already", r->name);
    default:
        return FAIL(err, ERR_CONFLICT, "rollout %s is %s: nothing of it waits for its hours", r->name,
                    rollout_state_name[r->state]);
    }
}

/* The terms as they are, with the reason. */
static bool terms_of(struct arena *arena, const struct rollout *r, const char *reason, const char **out,
                     struct err *err)
{
    static const char *const replaced[] = {"urgent_reason", NULL};
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    if (!terms_rewrite(arena, r->terms, replaced, &j, err))
        return false;
    json_text(&j, "urgent_reason", reason);
    json_close(&j);
    *out = buf_cstr(&b);
    return true;
}

bool rollout_hurry(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   const char *reason, int64_t now_ms, struct rollout_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct rollout r;
    const char *terms;

    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, who->tenant_id, id, &r, err) || !may_hurry(&r, err) ||
        !terms_of(arena, &r, reason, &terms, err) || !store_rollout_hurry(world->store, id, terms, err) ||
        !audit_note(world, who, "rollout.urgent", r.name, reason, now_ms, err) || !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    bell_ring_tenant(world->bell, who->tenant_id);
    return rollout_view(world, arena, who->tenant_id, id, out, err);
}
