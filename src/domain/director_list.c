#include "domain/director.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"
#include "store/actions.h"
#include "store/devices.h"
#include "store/releases.h"

#define ACTIONS_LOOKED_AT 50 /* so many failures in a row, and nothing is assigned */

enum word { WORD_NOTHING, WORD_ASSIGNED, WORD_INSTALLED };

/* clang-format off */
static const enum word words[ACTION_STATE__MAX] = {
    [ACTION_CONFIRMING]  = WORD_NOTHING, /* nobody has said yes */
    [ACTION_OFFERED]     = WORD_ASSIGNED,
    [ACTION_DOWNLOADING] = WORD_ASSIGNED,
    [ACTION_DOWNLOADED]  = WORD_ASSIGNED,
    [ACTION_BACKING_UP]  = WORD_ASSIGNED,
    [ACTION_INSTALLING]  = WORD_ASSIGNED,
    [ACTION_REBOOTING]   = WORD_ASSIGNED,
    [ACTION_SOAKING]     = WORD_INSTALLED,
    [ACTION_CANCELING]   = WORD_NOTHING,
    [ACTION_HEALTHY]     = WORD_INSTALLED,
    [ACTION_FAILED]      = WORD_NOTHING,
    [ACTION_SILENT]      = WORD_ASSIGNED, /* a late report still counts */
    [ACTION_RECALLED]    = WORD_NOTHING,
};
/* clang-format on */

static enum word word_of(const struct action *action)
{
    return action->restore_id ? WORD_NOTHING : words[action->state];
}

const struct action *director_assigned(const struct action *newest_first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (word_of(&newest_first[i]) == WORD_ASSIGNED)
            return &newest_first[i];
        if (word_of(&newest_first[i]) == WORD_INSTALLED)
            return NULL;
    }
    return NULL;
}

/* The newest that ended well, or NULL. */
static const struct action *installed_last(const struct action *newest_first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word_of(&newest_first[i]) == WORD_INSTALLED)
            return &newest_first[i];
    return NULL;
}

/* ---- targets ------------------------------------------------------------------------- */

struct list {
    struct world *world;
    struct arena *arena;
    const struct device *device;
    const struct action *assigned; /* or NULL */
    struct tuf_target *targets;
    const char **components; /* beside each */
    size_t count;
};

static struct span custom_of(struct list *list, const struct release *release, const struct module *module,
                             const struct action *action)
{
    struct buf buf = {.arena = list->arena};
    struct json_out j = {.buf = &buf};

    json_open(&j, NULL);
    if (action) {
        json_text(&j, "action", arena_printf(list->arena, "%" PRId64, action->id));
        json_text(&j, "bundle", arena_printf(list->arena, "%s/%s", release->family, release->version));
    }
    repository_custom(&j, release, module);
    json_close(&j);
    return buf_span(&buf);
}

/* What was withdrawn is, or will be, gone from the image repository: neither a device nor the signer would take
 * a list with it, and the way back from it would be barred. */
static bool add(struct list *list, const struct module *module, const struct action *action, struct err *err)
{
    struct release release;

    if (!store_release_get(list->world->store, list->arena, list->device->tenant_id, module->release_id,
                           &release, err))
        return false;
    if (release.state == RELEASE_WITHDRAWN)
        return true;
    list->components[list->count] = module->component;
    list->targets[list->count++] = (struct tuf_target){
        .path = repository_path(list->arena, &release, module),
        .length = module->size,
        .sha256 = module->sha256,
        .custom = custom_of(list, &release, module, action),
    };
    return true;
}

static bool has(const struct list *list, const char *component)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->components[i], component))
            return true;
    return false;
}

/* `told`: the action that assigns them, or NULL: they are repeated. */
static bool add_modules(struct list *list, const int64_t *ids, size_t count, const struct action *told,
                        struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct module module;

        if (!store_module_get(list->world->store, list->arena, list->device->tenant_id, ids[i], &module,
                              err) ||
            !add(list, &module, told, err))
            return false;
    }
    return true;
}

/* What runs there and was released here: the list says the same again rather than nothing. */
static bool add_running(struct list *list, const struct device_component *running, size_t count,
                        struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct module module;
        bool is_known = false;

        if (has(list, running[i].component))
            continue;
        if (!store_module_like(list->world->store, list->arena, list->device->tenant_id, list->device->family,
                               &running[i], &module, &is_known, err) ||
            (is_known && !add(list, &module, NULL, err)))
            return false;
    }
    return true;
}

/* Nothing is assigned, and nothing that runs there is known to be ours: a machine that does not tell its versions,
 * or tells others. Then the last assignment that it carried out is said again.
 *
 * A machine that never carried one out gets an empty list. That is legal TUF, and signed with the machine's name
 * and a version: no other machine takes it, and once something was said it is older, so that it takes nothing
 * back. Stock clients find no target in it; ours installs nothing and removes nothing. Whatever else we could list
 * would be a release that it was not told to run. */
static bool add_last_installed(struct list *list, const struct action *last, struct err *err)
{
    int64_t *ids = NULL;
    size_t count = last ? action_modules(list->arena, last->modules, &ids) : 0;

    if (list->count || !count)
        return true;
    list->targets = ARENA_MANY(list->arena, struct tuf_target, count);
    list->components = ARENA_MANY(list->arena, const char *, count);
    return add_modules(list, ids, count, NULL, err);
}

bool director_targets(struct world *world, struct arena *arena, const struct device *device,
                      struct tuf_targets *out, struct err *err)
{
    struct list list = {.world = world, .arena = arena, .device = device};
    struct device_component *running;
    struct action *actions;
    size_t action_count, running_count, id_count = 0;
    int64_t *ids = NULL;

    if (!store_action_of_device(world->store, arena, device->id, 0, ACTIONS_LOOKED_AT, &actions,
                                &action_count, err) ||
        !store_component_list(world->store, arena, device->id, &running, &running_count, err))
        return false;
    list.assigned = director_assigned(actions, action_count);
    if (list.assigned)
        id_count = action_modules(arena, list.assigned->modules, &ids);
    list.targets = ARENA_MANY(arena, struct tuf_target, id_count + running_count + 1);
    list.components = ARENA_MANY(arena, const char *, id_count + running_count + 1);
    if (!add_modules(&list, ids, id_count, list.assigned, err) ||
        !add_running(&list, running, running_count, err) ||
        !add_last_installed(&list, installed_last(actions, action_count), err))
        return err_within(err, "what %s is told", device->controller_id);
    *out = (struct tuf_targets){
        .targets = list.targets, .target_count = list.count, .device = device->controller_id};
    return true;
}
