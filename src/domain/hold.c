#include "domain/hold.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/plans.h"
#include "domain/selection.h"
#include "store/devices.h"
#include "store/holds.h"
#include "store/releases.h"
#include "store/tenants.h"

/* ---- whom it covers ---------------------------------------------------------------------- */

static bool is_release(const char *object, int64_t release_id)
{
    struct err err = {0};
    int64_t id;

    return text_int(object, "release", 1, INT64_MAX, &id, &err) && id == release_id;
}

bool hold_covers(const struct hold *hold, const struct texts *sites, const struct device *device,
                 const struct release *release)
{
    if (hold->lets_security && release->is_security)
        return false;
    switch (hold->scope) {
    case HOLD_ALL:
        return true;
    case HOLD_CUSTOMER:
        return text_equal(device->customer, hold->object) || (sites && texts_have(sites, device->site));
    case HOLD_SITE:
        return text_equal(device->site, hold->object);
    case HOLD_FAMILY:
        return text_equal(device->family, hold->object);
    case HOLD_RELEASE:
        return is_release(hold->object, release->id);
    case HOLD_DEVICE:
        return text_equal(device->controller_id, hold->object);
    case HOLD_SCOPE__MAX:
        break;
    }
    return false;
}

bool hold_stands(const struct hold *hold, int64_t now_ms)
{
    return !hold->lifted_ms && now_ms >= hold->from_ms && (!hold->until_ms || now_ms < hold->until_ms);
}

const struct hold *hold_last(const struct hold *holds, size_t count, int64_t now_ms)
{
    const struct hold *last = NULL;

    for (size_t i = 0; i < count; i++)
        if (hold_stands(&holds[i], now_ms) &&
            (!last || !holds[i].until_ms || (last->until_ms && holds[i].until_ms > last->until_ms)))
            last = &holds[i];
    return last;
}

/* ---- its life ------------------------------------------------------------------------------ */

/* A customer is a word that devices and sites bear, so nothing can be looked up. */
static bool object_check(struct world *world, struct arena *arena, const struct hold *h, struct err *err)
{
    struct device device;
    struct site site;
    struct family family;
    struct release release;
    int64_t id;

    switch (h->scope) {
    case HOLD_ALL:
        return text_blank(h->object) || FAIL(err, ERR_INVALID, "a hold of all names no object");
    case HOLD_SITE:
        return store_site_get(world->store, arena, h->tenant_id, h->object, &site, err);
    case HOLD_FAMILY:
        return store_family_get(world->store, arena, h->tenant_id, h->object, &family, err);
    case HOLD_DEVICE:
        return store_device_get(world->store, arena, h->tenant_id, h->object, &device, err);
    case HOLD_RELEASE:
        return text_int(h->object, "release id", 1, INT64_MAX, &id, err) &&
               store_release_get(world->store, arena, h->tenant_id, id, &release, err);
    default:
        return !text_blank(h->object) || FAIL(err, ERR_INVALID, "whose? a hold of a customer names it");
    }
}

static bool times_check(const struct hold *h, int64_t now_ms, struct err *err)
{
    if (h->until_ms == 0)
        return h->lets_security ||
               FAIL(err, ERR_INVALID,
                    "a hold has an end; only one that lets security through may go without");
    if (h->until_ms <= now_ms || h->until_ms <= h->from_ms)
        return FAIL(err, ERR_INVALID, "this hold would be over before it begins");
    return h->until_ms - now_ms <= HOLD_LONGEST_MS ||
           FAIL(err, ERR_INVALID, "a hold lasts two years at most; make another one then");
}

static const char *named(struct arena *arena, const struct hold *h)
{
    return arena_printf(arena, "%s%s%s", hold_scope_name[h->scope], *h->object ? " " : "", h->object);
}

bool hold_make(struct world *world, struct arena *arena, const struct who *who, struct hold *hold,
               int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    hold->tenant_id = who->tenant_id;
    hold->created_by = who->name;
    hold->created_ms = now_ms;
    hold->from_ms = hold->from_ms ? hold->from_ms : now_ms;
    hold->lifted_by = "";
    if (!times_check(hold, now_ms, err) || !tx_begin(&tx, world->store, err) ||
        !object_check(world, arena, hold, err) || !store_hold_put(world->store, hold, &hold->id, err) ||
        !audit_note(world, who, "hold.make", named(arena, hold), hold->reason, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    return true;
}

bool hold_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t before, int64_t limit,
               bool with_over, int64_t now_ms, struct hold **out, size_t *count, struct err *err)
{
    return store_hold_list(world->store, arena, tenant_id, before, with_over ? -1 : now_ms, limit, out, count,
                           err);
}

bool hold_lift(struct world *world, struct arena *arena, const struct who *who, int64_t id, int64_t now_ms,
               struct hold *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct hold hold;
    bool is_moved;

    if (!tx_begin(&tx, world->store, err) ||
        !store_hold_get(world->store, arena, who->tenant_id, id, &hold, err))
        return false;
    if (hold.until_ms && hold.until_ms <= now_ms)
        return FAIL(err, ERR_CONFLICT, "hold %" PRId64 " has ended by itself", id);
    if (!store_hold_lift(world->store, id, who->name, now_ms, &is_moved, err))
        return false;
    if (!is_moved)
        return FAIL(err, ERR_CONFLICT, "hold %" PRId64 " was lifted by %s", id, hold.lifted_by);
    if (!audit_note(world, who, "hold.lift", named(arena, &hold), hold.reason, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    bell_ring_tenant(world->bell, who->tenant_id);
    hold.lifted_by = who->name;
    hold.lifted_ms = now_ms;
    *out = hold;
    return true;
}
