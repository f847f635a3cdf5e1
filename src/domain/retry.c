#include "domain/retry.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/failure.h"
#include "domain/plans.h"
#include "domain/rollback.h"
#include "store/releases.h"
#include "store/rollouts.h"

static bool note(struct store *store, struct arena *arena, int64_t action_id, const char *text,
                 int64_t now_ms, struct err *err)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    struct action_status entry = {.action_id = action_id, .at_ms = now_ms, .type = "WARNING"};

    json_open_list(&j, NULL);
    json_text(&j, NULL, text);
    json_close(&j);
    entry.messages = buf_cstr(&b);
    return store_action_status_put(store, &entry, err);
}

bool retry_make(struct store *store, const struct action *failed, int64_t retry_ms, int64_t now_ms,
                struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct action next = *failed;
    bool is_moved;

    next.state = ACTION_OFFERED;
    next.tries = failed->tries + 1;
    next.retry_ms = retry_ms;
    next.created_ms = now_ms;
    next.is_past = false;
    if (!store_action_pass(store, failed, &is_moved, err))
        return false;
    if (!is_moved)
        return FAIL(err, ERR_BUSY, "action %" PRId64 " was moved by another", failed->id);
    return store_action_put(store, &next, &next.id, err) &&
           note(store, arena, failed->id,
                arena_printf(arena, SERVICE_SAYS "tried again as action %" PRId64 "%s%s", next.id,
                             retry_ms ? ", from " : "", retry_ms ? text_time(arena, retry_ms) : ""),
                now_ms, err);
}

/* Withdrawn is offered to nobody, and a further try is an offer. */
static bool is_out(struct store *store, struct arena *arena, int64_t tenant_id, int64_t release_id, bool *out,
                   struct err *err)
{
    struct release release;

    if (!store_release_get(store, arena, tenant_id, release_id, &release, err))
        return false;
    *out = release.state == RELEASE_PUBLISHED || MUTANT_IS(12);
    return true;
}

bool retry_after(struct store *store, const struct action *failed, const struct action_rules *rules,
                 int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    int64_t pause_ms = failure_retry_ms(failed->code, failed->error, failed->tries, rules->max_tries);
    bool may_go_on;

    if (failed->rollout_id <= 0 || failed->is_past || !rules->is_running || pause_ms == 0)
        return true;
    return is_out(store, arena, failed->tenant_id, failed->release_id, &may_go_on, err) &&
           (!may_go_on || retry_make(store, failed, now_ms + pause_ms, now_ms, err));
}

/* ---- by hand --------------------------------------------------------------------------------- */

static bool is_wanted(const struct action *action, const struct retry_wish *wish)
{
    const char *is = failure_class_name[failure_of(action->code, action->error)];

    return (text_blank(wish->error) || strcasestr(action->error, wish->error)) &&
           (text_blank(wish->classes) || (action->state == ACTION_FAILED && text_equal(is, wish->classes)));
}

/* One page; *after moves on, and is 0 at the end. */
static bool retry_page(struct world *world, int64_t rollout_id, enum action_state state,
                       const struct retry_wish *wish, int64_t *after, int64_t now_ms,
                       struct retry_count *count, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct action *actions;
    size_t n;

    if (!store_action_in_rollout(world->store, arena, rollout_id, -1, action_state_name[state], *after,
                                 RETRY_MOST, &actions, &n, err))
        return false;
    for (size_t i = 0; i < n && !count->is_more; i++) {
        if (!is_wanted(&actions[i], wish))
            continue;
        if (actions[i].tries >= TRIES_MAX) {
            count->spent++;
            continue;
        }
        count->is_more = count->retried == RETRY_MOST;
        if (count->is_more)
            break;
        if (!retry_make(world->store, &actions[i], 0, now_ms, err))
            return false;
        count->retried++;
    }
    *after = n == RETRY_MOST && !count->is_more ? actions[n - 1].id : 0;
    return true;
}

static bool retry_all(struct world *world, int64_t rollout_id, const struct retry_wish *wish, int64_t now_ms,
                      struct retry_count *count, struct err *err)
{
    static const enum action_state states[] = {ACTION_FAILED, ACTION_SILENT};

    for (size_t i = 0; i < COUNT(states) && !count->is_more; i++) {
        int64_t after = 0;

        do
            if (!retry_page(world, rollout_id, states[i], wish, &after, now_ms, count, err))
                return false;
        while (after);
    }
    return count->retried > 0 ||
           FAIL(err, ERR_CONFLICT, "nobody failed so%s", count->spent ? " that has a try left" : "");
}

/* The rollout must run when it is over: what is offered by a rollout that stands still would be a way around
 * its halt. */
static bool may_retry(struct world *world, struct arena *arena, const struct rollout *r,
                      const struct retry_wish *wish, struct err *err)
{
    bool stands = r->state == ROLLOUT_HALTED || r->state == ROLLOUT_PAUSED, may_go_on;

    if (!is_out(world->store, arena, r->tenant_id, r->release_id, &may_go_on, err))
        return false;
    if (!may_go_on)
        return FAIL(err, ERR_CONFLICT, "its release was withdrawn: it is offered to nobody any more");
    if (r->state != ROLLOUT_RUNNING && !stands)
        return FAIL(err, ERR_CONFLICT, "a %s rollout retries nobody", rollout_state_name[r->state]);
    return !stands || wish->resumes ||
           FAIL(err, ERR_CONFLICT, "the rollout is %s; say \"resume\" to go on with the retry",
                rollout_state_name[r->state]);
}

static bool resume(struct world *world, struct arena *arena, const struct rollout *r,
                   const struct retry_count *count, struct err *err)
{
    bool is_moved;

    if (r->state == ROLLOUT_RUNNING)
        return true;
    if (!rollback_none_open(world, arena, r, err))
        return false;
    if (count->is_more)
        return FAIL(err, ERR_CONFLICT, "more than %d failed: a rollout that stands still does not go on so",
                    RETRY_MOST);
    if (!store_rollout_move(world->store, r->id, r->state, ROLLOUT_RUNNING, "", 0, &is_moved, err) ||
        !store_rollout_cluster(world->store, r->id, "", err))
        return false;
    return is_moved || FAIL(err, ERR_CONFLICT, "rollout %s was just changed by somebody else", r->name);
}

bool rollout_retry(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   const struct retry_wish *wish, int64_t now_ms, struct retry_count *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct retry_count count = {0};
    enum failure_class checked;
    struct rollout r;

    if (!text_blank(wish->classes) && !failure_class_parse(wish->classes, &checked))
        return FAIL(err, ERR_INVALID, "a class is transient, site, device or package, not %s", wish->classes);
    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, who->tenant_id, id, &r, err) ||
        !may_retry(world, arena, &r, wish, err) || !retry_all(world, id, wish, now_ms, &count, err) ||
        !resume(world, arena, &r, &count, err) ||
        !audit_note(world, who, "rollout.retry", r.name,
                    arena_printf(arena, "%" PRId64 " devices; %s", count.retried,
                                 text_blank(wish->error) ? "any error" : wish->error),
                    now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    bell_ring_tenant(world->bell, who->tenant_id);
    *out = count;
    return true;
}
