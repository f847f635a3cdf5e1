#include "domain/device_admin.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/device.h"
#include "domain/drift.h"
#include "domain/seen.h"
#include "store/device_reports.h"
#include "store/quarantines.h"
#include "store/tenants.h"

#define TAGS_MAX 32

/* ---- looking ------------------------------------------------------------------------ */

static bool current_action(struct world *world, struct arena *arena, const struct device *device,
                           struct action_view **out, struct err *err)
{
    struct action *open;
    size_t count;

    *out = NULL;
    if (!store_action_open(world->store, arena, device->id, &open, &count, err))
        return false;
    if (count == 0)
        return true;
    *out = ARENA_NEW(arena, struct action_view);
    return action_view(world, arena, device->tenant_id, open[0].id, *out, err);
}

static bool last_report(struct world *world, struct arena *arena, int64_t device_id,
                        struct device_report_row **out, struct err *err)
{
    struct device_report_row *row = ARENA_NEW(arena, struct device_report_row);
    bool has_row;

    if (!store_device_report_get(world->store, arena, device_id, row, &has_row, err))
        return false;
    *out = has_row && row->counter ? row : NULL;
    return true;
}

static bool quarantine_of(struct world *world, struct arena *arena, const struct device *device,
                          struct device_quarantine **out, struct err *err)
{
    struct device_quarantine *row = ARENA_NEW(arena, struct device_quarantine);
    bool is_in_it = false;

    if (device->state == DEVICE_QUARANTINED &&
        !store_quarantine_get(world->store, arena, device->id, row, &is_in_it, err))
        return false;
    *out = is_in_it ? row : NULL;
    return true;
}

static bool view_of(struct world *world, struct arena *arena, const struct device_row *row,
                    struct device_view *out, struct err *err)
{
    struct device_view v = {.row = *row};
    int64_t id = row->device.id, heard = seen_last_ms(world->seen, id);
    struct site site;

    if (heard > v.row.last_seen_ms)
        v.row.last_seen_ms = heard;
    if (!device_place(world, arena, &row->device, &site, err) ||
        !store_tag_list(world->store, arena, id, &v.tags, &v.tag_count, err) ||
        !store_component_list(world->store, arena, id, &v.components, &v.component_count, err) ||
        !store_attribute_list(world->store, arena, id, &v.attributes, &v.attribute_count, err) ||
        !current_action(world, arena, &row->device, &v.action, err) ||
        !last_report(world, arena, id, &v.report, err) ||
        !quarantine_of(world, arena, &row->device, &v.quarantine, err) ||
        !drift_last(world, arena, id, &v.drift, err) ||
        !join_list(world, arena, &row->device, &v.formers, &v.former_count, err) ||
        !join_twins(world, arena, &row->device, &v.twins, &v.twin_count, err))
        return false;
    v.zone = site.window.zone;
    *out = v;
    return true;
}

bool device_view(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                 struct device_view *out, struct err *err)
{
    struct device_row row;

    return store_device_row(world->store, arena, tenant_id, controller_id, &row, err) &&
           view_of(world, arena, &row, out, err);
}

bool device_views(struct world *world, struct arena *arena, int64_t tenant_id,
                  const struct device_filter *filter, struct device_view **out, size_t *count,
                  struct err *err)
{
    struct device_view *views;
    struct device_row *rows;
    size_t n;

    if (!store_device_list(world->store, arena, tenant_id, filter, &rows, &n, err))
        return false;
    views = ARENA_MANY(arena, struct device_view, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!view_of(world, arena, &rows[i], &views[i], err))
            return false;
    *out = views;
    *count = n;
    return true;
}

/* ---- making and changing ---------------------------------------------------------------- */

/* Inside a tx. */
static bool tags_put(struct world *world, int64_t device_id, const char *const *tags, size_t count,
                     struct err *err)
{
    if (count > TAGS_MAX)
        return FAIL(err, ERR_INVALID, "a device has at most %d tags", TAGS_MAX);
    if (!store_tag_drop_all(world->store, device_id, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!text_name(tags[i], "tag", 64, err) || !store_tag_put(world->store, device_id, tags[i], err))
            return false;
    return true;
}

static bool site_exists(struct world *world, struct arena *arena, int64_t tenant_id, const char *name,
                        struct err *err)
{
    struct site site;

    return text_blank(name) || store_site_get(world->store, arena, tenant_id, name, &site, err);
}

bool device_make(struct world *world, struct arena *arena, const struct who *who, const struct device *facts,
                 const char *const *tags, size_t tag_count, int64_t now_ms, const char **token,
                 struct device_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device wanted = *facts, made;

    wanted.tenant_id = who->tenant_id;
    wanted.state = DEVICE_ACTIVE;
    return site_exists(world, arena, who->tenant_id, facts->site, err) && tx_begin(&tx, world->store, err) &&
           device_new(world, arena, &wanted, now_ms, &made, token, err) &&
           tags_put(world, made.id, tags, tag_count, err) &&
           audit_note(world, who, "device.make", wanted.controller_id, "", now_ms, err) &&
           tx_commit(&tx, err) && device_view(world, arena, who->tenant_id, wanted.controller_id, out, err);
}

static bool patch_apply(struct device *device, const struct device_patch *patch, struct err *err)
{
    device->family = patch->family ? patch->family : device->family;
    device->model = patch->model ? patch->model : device->model;
    device->customer = patch->customer ? patch->customer : device->customer;
    device->site = patch->site ? patch->site : device->site;
    if (patch->quirk && !device_quirk_parse(patch->quirk, &device->quirk))
        return FAIL(err, ERR_INVALID, "a quirk is suricatta, rauc, zephyr, plain or empty, not %s",
                    patch->quirk);
    return true;
}

bool device_change(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                   const struct device_patch *patch, int64_t now_ms, struct device_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device device;

    if (!site_exists(world, arena, who->tenant_id, patch->site, err) || !tx_begin(&tx, world->store, err) ||
        !store_device_get(world->store, arena, who->tenant_id, controller_id, &device, err) ||
        !patch_apply(&device, patch, err) || !store_device_change(world->store, &device, err) ||
        (patch->has_tags && !tags_put(world, device.id, patch->tags, patch->tag_count, err)) ||
        !audit_note(world, who, "device.change", controller_id, "", now_ms, err) || !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, device.id);
    return device_view(world, arena, who->tenant_id, controller_id, out, err);
}

/* ---- deeds --------------------------------------------------------------------------------- */

static const char *const deed_name[DEVICE_DEED__MAX] = {"device.retire", "device.ask", "device.token"};

static bool move(struct world *world, const struct device *device, enum device_state to, int64_t now_ms,
                 struct err *err)
{
    bool is_moved = false;

    if (device->state == to)
        return true; /* asked twice */
    if (!store_device_move(world->store, device->id, device->state, to, now_ms, &is_moved, err) ||
        !store_quarantine_drop(world->store, device->id, err))
        return false;
    return is_moved || FAIL(err, ERR_CONFLICT, "%s was just changed by somebody else", device->controller_id);
}

/* Inside a tx. */
static bool do_deed(struct world *world, struct arena *arena, const struct device *device,
                    enum device_deed deed, int64_t now_ms, const char **token, struct err *err)
{
    switch (deed) {
    case DEVICE_RETIRE:
        return move(world, device, DEVICE_RETIRED, now_ms, err) &&
               store_device_token_put(world->store, device->id, "", err);
    case DEVICE_ASK:
        return store_device_ask(world->store, device->id, true, err);
    case DEVICE_TOKEN:
        if (device->state == DEVICE_RETIRED)
            return FAIL(err, ERR_CONFLICT, "%s is retired; approve it first", device->controller_id);
        return device_token_new(world, arena, device->id, token, err);
    case DEVICE_DEED__MAX:
        break;
    }
    return FAIL(err, ERR_INVALID, "no such deed");
}

bool device_do(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
               enum device_deed deed, int64_t now_ms, const char **token, struct device_view *out,
               struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device device;

    if (!tx_begin(&tx, world->store, err) ||
        !store_device_get(world->store, arena, who->tenant_id, controller_id, &device, err) ||
        !do_deed(world, arena, &device, deed, now_ms, token, err) ||
        !audit_note(world, who, deed_name[deed], controller_id, "", now_ms, err) || !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, device.id);
    return device_view(world, arena, who->tenant_id, controller_id, out, err);
}

bool device_approve(struct world *world, struct arena *arena, const struct who *who,
                    const char *controller_id, const char *reason, int64_t now_ms, struct device_view *out,
                    struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device device;

    if (!tx_begin(&tx, world->store, err) ||
        !store_device_get(world->store, arena, who->tenant_id, controller_id, &device, err))
        return false;
    if (device.state == DEVICE_QUARANTINED && text_blank(reason))
        return FAIL(err, ERR_INVALID,
                    "%s is quarantined: say the reason why it is the true one. Unless that was enrolled "
                    "again, with a "
                    "claim code that names it, its copy is let in, too",
                    controller_id);
    if (!move(world, &device, DEVICE_ACTIVE, now_ms, err) ||
        !audit_note(world, who, "device.approve", controller_id, reason, now_ms, err) || !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, device.id);
    return device_view(world, arena, who->tenant_id, controller_id, out, err);
}
