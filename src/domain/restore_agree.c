#include "domain/restore_parts.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/report.h"
#include "store/backups.h"
#include "store/restores.h"

static const char *id_text(struct arena *arena, int64_t id)
{
    return arena_printf(arena, "%lld", (long long)id);
}

/* ---- a plan made elsewhere ------------------------------------------------------------------------ */

static bool counts_check(struct arena *arena, const struct json *counts, const char **out, struct err *err)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    size_t known = 0;

    json_open(&j, NULL);
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++) {
        const struct json *value = json_member(counts, restore_outcome_word[i]);
        int64_t items = 0;

        if (value && (!json_integer(value, &items) || items < 0))
            return FAIL(err, ERR_INVALID, "counts.%s is not a number of items", restore_outcome_word[i]);
        known += value != NULL;
        json_int(&j, restore_outcome_word[i], items);
    }
    json_close(&j);
    if (known != json_count(counts))
        return FAIL(err, ERR_INVALID, "counts names an outcome that no item has");
    *out = buf_cstr(&b);
    return true;
}

static bool may_hand_in(const struct restore_view *view, const struct who *who, struct err *err)
{
    if (!text_equal(view->facts.custody, backup_custody_name[BACKUP_CUSTODY_CUSTOMER]))
        return FAIL(err, ERR_CONFLICT, "the service opens this backup itself and has planned");
    if (view->facts.needs_approval && !text_equal(who->name, view->restore.created_by))
        return FAIL(err, ERR_FORBIDDEN,
                    "%s asked for this restore and plans it: another person approves it then",
                    view->restore.created_by);
    return true;
}

/* Inside a tx. The same plan again is fine. */
static bool hand_in(struct world *world, struct arena *arena, const struct restore_view *view,
                    const struct restore_handed *handed, struct err *err)
{
    struct restore plan = view->restore;
    struct backup backup;
    bool moved;

    plan.digest = handed->digest;
    plan.is_whole = handed->is_whole;
    if (!store_backup_get(world->store, arena, plan.tenant_id, plan.backup_id, &backup, err) ||
        !restore_categories(arena, handed->categories, &backup, &plan.categories, err) ||
        !counts_check(arena, handed->counts, &plan.counts, err))
        return false;
    if (view->restore.state == RESTORE_PLANNED && text_equal(view->restore.digest, plan.digest))
        return true;
    return store_restore_planned(world->store, &plan, &moved, err) &&
           restore_moved(moved, plan.id, "planned", err);
}

bool restore_hand_in(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const struct restore_handed *handed, int64_t now_ms, struct restore_view *out,
                     struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct restore_view view;

    return tx_begin(&tx, world->store, err) && restore_get(world, arena, who->tenant_id, id, &view, err) &&
           may_hand_in(&view, who, err) && hand_in(world, arena, &view, handed, err) &&
           audit_note(world, who, "restore.planned", id_text(arena, id), handed->digest, now_ms, err) &&
           tx_commit(&tx, err) && restore_get(world, arena, who->tenant_id, id, out, err);
}

/* ---- two more words --------------------------------------------------------------------------------- */

static bool may_approve(const struct restore *restore, const struct who *who, struct err *err)
{
    return !text_equal(restore->created_by, who->name) ||
           FAIL(err, ERR_FORBIDDEN, "%s planned this restore; another person has to approve it", who->name);
}

bool restore_approve(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     int64_t now_ms, struct restore_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct restore_view view;
    bool moved = true;

    if (!tx_begin(&tx, world->store, err) || !restore_get(world, arena, who->tenant_id, id, &view, err) ||
        !may_approve(&view.restore, who, err))
        return false;
    if (text_equal(view.restore.approved_by, who->name)) {
        *out = view;
        return true;
    }
    return store_restore_approve(world->store, id, who->name, now_ms, &moved, err) &&
           restore_moved(moved, id, "approved", err) &&
           audit_note(world, who, "restore.approve", id_text(arena, id), view.restore.digest, now_ms, err) &&
           tx_commit(&tx, err) && restore_get(world, arena, who->tenant_id, id, out, err);
}

bool restore_consent(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const char *by, const char *text, int64_t now_ms, struct restore_view *out,
                     struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct restore_view view;
    bool moved;

    return tx_begin(&tx, world->store, err) && restore_get(world, arena, who->tenant_id, id, &view, err) &&
           store_restore_consent(world->store, id, by, text, now_ms, &moved, err) &&
           restore_moved(moved, id, "consented to", err) &&
           audit_note(world, who, "restore.consent", id_text(arena, id), by, now_ms, err) &&
           tx_commit(&tx, err) && restore_get(world, arena, who->tenant_id, id, out, err);
}

/* ---- calling it off ----------------------------------------------------------------------------------- */

bool restore_call_back(struct world *world, struct arena *arena, const struct restore *restore,
                       const char *reason, int64_t now_ms, struct err *err)
{
    struct action action;

    if (!restore->action_id)
        return true;
    if (!store_action_get(world->store, arena, restore->tenant_id, restore->action_id, &action, err))
        return false;
    return action_is_closed(action.state) || action.state == ACTION_CANCELING ||
           report_apply(world->store, &action, EVENT_CANCEL, "CANCELING", reason, now_ms, err);
}

/* Inside a tx. */
static bool call_off(struct world *world, struct arena *arena, const struct restore *restore,
                     const char *reason, int64_t now_ms, struct err *err)
{
    bool moved = true;

    if (restore->state != RESTORE_REDEEMED &&
        !store_restore_end(world->store, restore->id, restore->state, RESTORE_CANCELLED, reason, now_ms,
                           &moved, err))
        return false;
    return restore_moved(moved, restore->id, "cancelled", err) &&
           restore_call_back(world, arena, restore, reason, now_ms, err);
}

bool restore_cancel(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                    const char *reason, int64_t now_ms, struct restore_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct restore_view view;

    if (!tx_begin(&tx, world->store, err) || !restore_get(world, arena, who->tenant_id, id, &view, err))
        return false;
    if (view.restore.state == RESTORE_CANCELLED) {
        *out = view;
        return true;
    }
    if (restore_is_closed(view.restore.state))
        return FAIL(err, ERR_CONFLICT, "restore %lld is %s", (long long)id,
                    restore_state_name[view.restore.state]);
    if (!call_off(world, arena, &view.restore, reason, now_ms, err) ||
        !audit_note(world, who, "restore.cancel", id_text(arena, id), reason, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, view.restore.device_id);
    return restore_get(world, arena, who->tenant_id, id, out, err);
}
