#include "domain/drift.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup.h"
#include "domain/restore.h"
#include "domain/terms.h"
#include "store/actions.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/devices.h"

#define AT_ONCE 20 /* the rest comes with the next tick */
#define LOOK_BACK 20

/* ---- which two ----------------------------------------------------------------------------- */

static bool terms_of(struct world *world, struct arena *arena, int64_t tenant_id, int64_t action_id,
                     struct rollout_terms *out, struct err *err)
{
    struct action_rules rules;
    struct action action;

    return store_action_get(world->store, arena, tenant_id, action_id, &action, err) &&
           store_action_rules(world->store, arena, action.rollout_id, &rules, err) &&
           terms_text(arena, rules.terms, out, err);
}

/* The newest before the one after it, that is still there. *out 0: none. */
static bool before_find(struct world *world, struct arena *arena, const struct backup *after, int64_t *out,
                        struct err *err)
{
    struct backup *list;
    size_t count;

    *out = 0;
    if (!store_backup_of_device(world->store, arena, after->device_id, after->id, LOOK_BACK, &list, &count,
                                err))
        return false;
    for (size_t i = 0; i < count && !*out; i++)
        if (!list[i].gone_ms &&
            (list[i].trigger != BACKUP_AFTER_UPDATE || list[i].action_id != after->action_id))
            *out = list[i].id;
    return true;
}

bool drift_note(struct world *world, struct arena *arena, const struct backup *after, struct err *err)
{
    struct drift drift = {.action_id = after->action_id,
                          .tenant_id = after->tenant_id,
                          .device_id = after->device_id,
                          .after_id = after->id};
    struct rollout_terms terms;

    if (after->trigger != BACKUP_AFTER_UPDATE || !after->action_id)
        return true;
    if (!terms_of(world, arena, after->tenant_id, after->action_id, &terms, err))
        return false;
    return !terms.compares || (before_find(world, arena, after, &drift.before_id, err) &&
                               (!drift.before_id || store_drift_put(world->store, &drift, err)));
}

/* ---- comparing ------------------------------------------------------------------------------ */

struct finding {
    const char *state, *text;
    const char *reapply; /* "a,b": on the list and not as before */
};

static bool is_on(const struct terms_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_equal(names->at[i], name))
            return true;
    return false;
}

static void find_changes(struct arena *arena, const struct snapshot_diff *diff,
                         const struct terms_names *list, struct finding *out)
{
    struct buf text = {.arena = arena}, names = {.arena = arena};

    for (int i = 0; i < SNAPSHOT_KINDS; i++) {
        const char *name = snapshot_kinds[i].name;

        if (diff->counts[i] == 0)
            continue;
        buf_printf(&text, "%s%s %zu", text.size ? ", " : "", name, diff->counts[i]);
        if (is_on(list, name))
            buf_printf(&names, "%s%s", names.size ? "," : "", name);
    }
    out->state = text.size ? "drifted" : "same";
    out->reapply = buf_cstr(&names);
    out->text =
        text.size ? arena_printf(arena, "settings changed with the update, by category: %s", buf_cstr(&text))
                  : "settings are what they were before the update";
}

/* Without reading: only the numbers of items are known. */
static bool count_items(struct world *world, struct arena *arena, const struct drift *d, struct finding *out,
                        struct err *err)
{
    struct backup before, after;
    bool is_same;

    if (!store_backup_get(world->store, arena, d->tenant_id, d->before_id, &before, err) ||
        !store_backup_get(world->store, arena, d->tenant_id, d->after_id, &after, err))
        return false;
    is_same = text_equal(before.categories, after.categories);
    out->state = "unread";
    out->reapply = "";
    out->text = arena_printf(arena,
                             "settings are sealed for the customer%s; whoever has the "
                             "identity compares: nightshift backup diff %" PRId64 " %" PRId64,
                             is_same ? ", with as many items as before"
                                     : arena_printf(arena, ", and their items were %s and are %s",
                                                    before.categories, after.categories),
                             d->before_id, d->after_id);
    return true;
}

static bool compare(struct world *world, struct arena *arena, const struct drift *d,
                    const struct rollout_terms *terms, struct finding *out, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = arena_new_secret();
    struct snapshot_diff diff;
    struct backup_key key;

    if (!store_backup_key_get(world->store, arena, d->tenant_id, &key, err))
        return false;
    if (key.custody != BACKUP_CUSTODY_SERVICE)
        return count_items(world, arena, d, out, err);
    if (!backup_diff(world, secret, d->tenant_id, d->before_id, d->after_id, &diff, err))
        return false;
    find_changes(arena, &diff, &terms->reapply, out);
    return true;
}

/* ---- putting back ---------------------------------------------------------------------------- */

/* Planned, and started where nobody's yes is needed; else it waits for a technician. *id 0: it cannot be. */
static const char *put_back(struct world *world, struct arena *arena, const struct drift *d,
                            const struct finding *f, int64_t now_ms, int64_t *id)
{
    const struct who service = {.tenant_id = d->tenant_id, .name = "service", .source = "", .request_id = ""};
    struct restore_wish wish = {.backup = d->before_id, .categories = f->reapply};
    struct restore_view view, started;
    struct restore_launch launch = {0};
    struct device device;
    struct err err = {0};

    *id = 0;
    if (!store_device_by_id(world->store, arena, d->device_id, &device, &err))
        return arena_printf(arena, "not put back: %s", err.text);
    wish.device = device.controller_id;
    if (!restore_make(world, arena, &service, &wish, now_ms, &view, &err))
        return arena_printf(arena, "not put back: %s", err.text);
    *id = view.restore.id;
    launch.digest = view.restore.digest;
    if (!restore_start(world, arena, &service, *id, &launch, now_ms, &started, &err))
        return arena_printf(arena, "%s waits as restore %" PRId64 ": %s", f->reapply, *id, err.text);
    return arena_printf(arena, "%s is put back by restore %" PRId64, f->reapply, *id);
}

static bool tell(struct world *world, struct arena *arena, const struct drift *d, const struct finding *f,
                 const char *more, int64_t restore_id, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action_status entry = {.action_id = d->action_id,
                                  .at_ms = now_ms,
                                  .type = text_equal(f->state, "same") ? "RUNNING" : "WARNING"};
    const char *said = arena_printf(arena, "%s%s%s", f->text, *more ? "; " : "", more);
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_open_list(&j, NULL);
    json_text(&j, NULL, arena_printf(arena, SERVICE_SAYS "%s", said));
    json_close(&j);
    entry.messages = buf_cstr(&b);
    return tx_begin(&tx, world->store, err) && store_action_status_put(world->store, &entry, err) &&
           store_drift_done(world->store, d->action_id, f->state, said, restore_id, err) &&
           audit_service(world, d->tenant_id, "action.compare", arena_printf(arena, "%" PRId64, d->action_id),
                         f->state, now_ms, err) &&
           tx_commit(&tx, err);
}

static bool compare_one(struct world *world, struct arena *arena, const struct drift *d, int64_t now_ms,
                        struct err *err)
{
    struct rollout_terms terms;
    struct finding f = {.state = "unread", .reapply = ""};
    const char *more = "";
    int64_t restore_id = 0;
    struct err why = {0};

    if (!terms_of(world, arena, d->tenant_id, d->action_id, &terms, err))
        return false;
    if (!compare(world, arena, d, &terms, &f, &why))
        f.text = arena_printf(arena, "settings could not be compared: %s", why.text);
    if (!text_blank(f.reapply))
        more = put_back(world, arena, d, &f, now_ms, &restore_id);
    return tell(world, arena, d, &f, more, restore_id, now_ms, err);
}

/* What was compared before its words were kept has them among the action's entries. */
static const char *words_of(struct arena *arena, const struct drift *d)
{
    if (!text_blank(d->said))
        return d->said;
    if (text_equal(d->state, "pending"))
        return "settings are about to be compared with those before the update";
    return arena_printf(
        arena, "settings were compared with those before the update: nightshift action show %" PRId64,
        d->action_id);
}

bool drift_last(struct world *world, struct arena *arena, int64_t device_id, struct drift **out,
                struct err *err)
{
    struct drift *drift = ARENA_NEW(arena, struct drift);
    bool has_row;

    if (!store_drift_last(world->store, arena, device_id, drift, &has_row, err))
        return false;
    if (has_row)
        drift->said = words_of(arena, drift);
    *out = has_row ? drift : NULL;
    return true;
}

bool drift_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct drift *pending;
    size_t count;

    if (!store_drift_pending(world->store, arena, AT_ONCE, &pending, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!compare_one(world, arena, &pending[i], now_ms, err))
            return err_within(err, "comparing after action %" PRId64, pending[i].action_id);
    return true;
}
