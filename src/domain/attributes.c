#include "domain/attributes.h"

#include "base/text.h"
#include "domain/report.h"
#include "signing/manifest.h"
#include "store/devices.h"
#include "store/releases.h"

const char *const attribute_mode_name[ATTRIBUTE_MODE__MAX] = {"merge", "replace", "remove"};

#define COMPONENT "component."

/* ---- bounds ------------------------------------------------------------------------ */

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((uint8_t)*text & 0xC0) != 0x80;
    return count;
}

static bool check(const struct attribute_change *change, struct err *err)
{
    if (text_blank(change->name) || characters(change->name) > ATTRIBUTE_CHARS_MAX)
        return FAIL(err, ERR_INVALID, "an attribute's name has 1 to %d characters", ATTRIBUTE_CHARS_MAX);
    if (change->value && characters(change->value) > ATTRIBUTE_CHARS_MAX)
        return FAIL(err, ERR_INVALID, "attribute %s is longer than %d characters", change->name,
                    ATTRIBUTE_CHARS_MAX);
    return true;
}

static bool check_all(const struct attribute_change *changes, size_t count, struct err *err)
{
    if (count == 0)
        return FAIL(err, ERR_INVALID, "data must hold at least one attribute");
    for (size_t i = 0; i < count; i++)
        if (!check(&changes[i], err))
            return false;
    return true;
}

/* ---- one attribute ------------------------------------------------------------------- */

/* The same version keeps the digest that an installation proved. */
static bool put_component(struct store *store, struct arena *arena, int64_t device_id, const char *name,
                          const char *version, int64_t now_ms, struct err *err)
{
    const struct device_component now = {
        .component = name, .version = version, .sha256 = "", .updated_ms = now_ms};
    struct device_component *had;
    size_t count;

    if (!store_component_list(store, arena, device_id, &had, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(had[i].component, name) && text_equal(had[i].version, version))
            return true;
    return store_component_put(store, device_id, &now, err);
}

static bool apply(struct store *store, struct arena *arena, int64_t device_id,
                  const struct attribute_change *change, bool is_removing, int64_t now_ms, struct err *err)
{
    bool is_gone = is_removing || !change->value;

    if (text_starts(change->name, COMPONENT)) {
        const char *component = change->name + strlen(COMPONENT);

        return is_gone ? store_component_drop(store, device_id, component, err)
                       : put_component(store, arena, device_id, component, change->value, now_ms, err);
    }
    return is_gone ? store_attribute_drop(store, device_id, change->name, err)
                   : store_attribute_put(store, device_id, change->name, change->value, err);
}

/* ---- what else follows ------------------------------------------------------------------ */

static void adopt(struct device *device, const struct attribute_change *change)
{
    const struct {
        const char *name;
        const char **column;
    } columns[] = {{"family", &device->family}, {"model", &device->model}, {"serial", &device->serial}};

    for (size_t i = 0; i < COUNT(columns); i++)
        if (change->value && text_equal(change->name, columns[i].name))
            *columns[i].column = change->value;
}

static bool adopt_all(struct store *store, struct arena *arena, int64_t device_id,
                      const struct attribute_change *changes, size_t count, struct err *err)
{
    struct device was, now;

    if (!store_device_by_id(store, arena, device_id, &was, err))
        return false;
    now = was;
    for (size_t i = 0; i < count; i++)
        adopt(&now, &changes[i]);
    if (text_equal(was.family, now.family) && text_equal(was.model, now.model) &&
        text_equal(was.serial, now.serial))
        return true;
    return store_device_change(store, &now, err);
}

static const struct device_component *component_of(const struct device_component *all, size_t count,
                                                   const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(all[i].component, name))
            return &all[i];
    return NULL;
}

static bool is_other(const struct device_component *has, const struct module *module, bool only_older)
{
    return only_older ? version_compare(has->version, module->version) < 0
                      : !text_equal(has->version, module->version);
}

static bool brings(struct store *store, struct arena *arena, const struct action *action,
                   const struct device_component *has, bool *out, struct err *err)
{
    int64_t *ids;
    size_t count = action_modules(arena, action->modules, &ids);

    for (size_t i = 0; i < count && !*out; i++) {
        struct module module;

        if (!store_module_get(store, arena, action->tenant_id, ids[i], &module, err))
            return false;
        *out = text_equal(module.component, has->component) && text_equal(module.version, has->version);
    }
    return true;
}

/* By another action that is under way, such as the way back: then nothing has fallen back by itself. */
static bool is_brought(struct store *store, struct arena *arena, const struct action *action,
                       const struct device_component *has, bool *out, struct err *err)
{
    struct action *open;
    size_t count;

    *out = false;
    if (!store_action_open(store, arena, action->device_id, &open, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (open[i].id != action->id && open[i].state != ACTION_SOAKING &&
            open[i].state != ACTION_CANCELING && !brings(store, arena, &open[i], has, out, err))
            return false;
    return true;
}

/* Does the device run what the action brought, or newer? NULL: yes, or it does not say. */
static bool relapse_find(struct store *store, struct arena *arena, const struct action *action,
                         const struct device_component *all, size_t count, bool only_older, const char **why,
                         struct err *err)
{
    int64_t *ids;
    size_t id_count = action_modules(arena, action->modules, &ids);

    *why = NULL;
    for (size_t i = 0; i < id_count; i++) {
        const struct device_component *has;
        struct module module;
        bool is_wanted;

        if (!store_module_get(store, arena, action->tenant_id, ids[i], &module, err))
            return false;
        has = component_of(all, count, module.component);
        if (!has || !is_other(has, &module, only_older))
            continue;
        if (!is_brought(store, arena, action, has, &is_wanted, err))
            return false;
        if (!is_wanted)
            *why = arena_printf(arena, "reported good, but %s runs %s instead of %s", module.component,
                                has->version, module.version);
    }
    return true;
}

static bool relapse(struct store *store, struct arena *arena, struct action *action,
                    const struct device_component *all, size_t count, bool only_older, int64_t now_ms,
                    struct err *err)
{
    const char *why;

    if (!relapse_find(store, arena, action, all, count, only_older, &why, err))
        return false;
    action->error = why ? why : action->error;
    return !why || report_apply(store, action, EVENT_RELAPSED, "ERROR", why, now_ms, err);
}

/* What counted as healthy is watched a while longer: an older version says that the device has gone back, a
 * newer one that somebody brought it more. */
static bool watch_healthy(struct store *store, struct arena *arena, int64_t device_id,
                          const struct device_component *all, size_t count, int64_t now_ms, struct err *err)
{
    struct device device;
    struct action last;

    if (!store_device_by_id(store, arena, device_id, &device, err))
        return false;
    if (!device.installed_action)
        return true;
    if (!store_action_get(store, arena, device.tenant_id, device.installed_action, &last, err))
        return false;
    if (last.state != ACTION_HEALTHY || last.is_past || now_ms - last.closed_ms > RELAPSE_MS)
        return true;
    return relapse(store, arena, &last, all, count, true, now_ms, err);
}

/* A device whose success is still being watched and that tells of another version has fallen back. */
static bool watch_versions(struct store *store, struct arena *arena, int64_t device_id, int64_t now_ms,
                           struct err *err)
{
    struct device_component *all;
    struct action *open;
    size_t open_count, count;

    if (!store_action_open(store, arena, device_id, &open, &open_count, err) ||
        !store_component_list(store, arena, device_id, &all, &count, err))
        return false;
    for (size_t i = 0; i < open_count; i++)
        if (open[i].state == ACTION_SOAKING &&
            !relapse(store, arena, &open[i], all, count, false, now_ms, err))
            return false;
    return watch_healthy(store, arena, device_id, all, count, now_ms, err);
}

static bool check_quota(struct store *store, struct arena *arena, int64_t device_id, struct err *err)
{
    struct device_pair *attributes;
    struct device_component *components;
    size_t count, component_count;

    if (!store_attribute_list(store, arena, device_id, &attributes, &count, err) ||
        !store_component_list(store, arena, device_id, &components, &component_count, err))
        return false;
    if (count + component_count > ATTRIBUTES_MAX)
        return FAIL(err, ERR_TOO_MANY, "a device has at most %d attributes", ATTRIBUTES_MAX);
    return true;
}

static bool take_in_tx(struct store *store, struct arena *arena, int64_t device_id, enum attribute_mode mode,
                       const struct attribute_change *changes, size_t count, int64_t now_ms, struct err *err)
{
    if (mode == ATTRIBUTES_REPLACE && !store_attribute_drop_all(store, device_id, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!apply(store, arena, device_id, &changes[i], mode == ATTRIBUTES_REMOVE, now_ms, err))
            return false;
    if (mode != ATTRIBUTES_REMOVE && !adopt_all(store, arena, device_id, changes, count, err))
        return false;
    return check_quota(store, arena, device_id, err) &&
           watch_versions(store, arena, device_id, now_ms, err) &&
           store_device_ask(store, device_id, false, err);
}

bool attributes_take(struct world *world, struct arena *arena, const struct device *device,
                     enum attribute_mode mode, const struct attribute_change *changes, size_t count,
                     int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return check_all(changes, count, err) && tx_begin(&tx, world->store, err) &&
           take_in_tx(world->store, arena, device->id, mode, changes, count, now_ms, err) &&
           tx_commit(&tx, err);
}

/* ---- installedBase ------------------------------------------------------------------------- */

static bool install_one(struct store *store, int64_t device_id, const struct module *module,
                        const struct device_component *has, int64_t now_ms, bool *is_new, struct err *err)
{
    const struct device_component now = {.component = module->component,
                                         .version = module->version,
                                         .sha256 = module->sha256,
                                         .updated_ms = now_ms};

    if (has && text_equal(has->version, module->version) && text_equal(has->sha256, module->sha256))
        return true;
    *is_new = true;
    return store_component_put(store, device_id, &now, err);
}

bool attributes_installed(struct world *world, struct arena *arena, const struct device *device,
                          const char *family, const char *version, int64_t now_ms, bool *is_new,
                          struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct store *store = world->store;
    struct release release;
    struct module *modules;
    struct device_component *all;
    size_t count, all_count;

    *is_new = false;
    if (!tx_begin(&tx, store, err) ||
        !store_release_by_version(store, arena, device->tenant_id, family, version, &release, err) ||
        !store_module_list(store, arena, release.id, &modules, &count, err) ||
        !store_component_list(store, arena, device->id, &all, &all_count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!install_one(store, device->id, &modules[i], component_of(all, all_count, modules[i].component),
                         now_ms, is_new, err))
            return false;
    return (!*is_new || watch_versions(store, arena, device->id, now_ms, err)) && tx_commit(&tx, err);
}
