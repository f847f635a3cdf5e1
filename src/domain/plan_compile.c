#include "domain/plan_compile.h"

#include "base/json.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/terms.h"
#include "domain/timing.h"
#include "signing/manifest.h"
#include "store/holds.h"
#include "store/releases.h"
#include "store/rollouts.h"
#include "store/tenants.h"

static bool models_read(struct arena *arena, const char *text, struct texts *out, struct err *err)
{
    const struct json *list;

    if (!json_parse(arena, span_of(text), &list, err))
        return err_within(err, "models of a release");
    out->count = json_count(list);
    out->at = ARENA_MANY(arena, const char *, out->count + 1);
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = json_string(json_item(list, i));
    return true;
}

static bool stone_read(struct store *store, struct arena *arena, const struct release *release,
                       struct compiled *out, struct err *err)
{
    struct stone *s = &out->stones[out->stone_count];
    struct module *modules;

    if (!store_module_list(store, arena, release->id, &modules, &s->module_count, err) ||
        !models_read(arena, release->models, &out->stone_models[out->stone_count], err))
        return false;
    s->release = release;
    s->modules = modules;
    out->stone_count++;
    return true;
}

/* Few releases say from which version they start: only then is the family looked through. */
static bool stones_read(struct store *store, struct arena *arena, struct compiled *out, struct err *err)
{
    struct release *all;
    size_t count;

    if (text_blank(out->release.min_version))
        return true;
    if (!store_release_current(store, arena, out->release.tenant_id, out->release.family, &all, &count, err))
        return false;
    out->stones = ARENA_MANY(arena, struct stone, count + 1);
    out->stone_models = ARENA_MANY(arena, struct texts, count + 1);
    for (size_t i = 0; i < count; i++)
        if (version_compare(all[i].version, out->release.version) < 0 &&
            !stone_read(store, arena, &all[i], out, err))
            return false;
    return true;
}

/* Each is newer than the one before, so this ends. One that was aborted gives its devices back. */
static bool newer_read(struct store *store, struct arena *arena, const struct rollout *rollout,
                       struct compiled *out, struct err *err)
{
    int64_t *ids;
    size_t count;

    if (!store_supersession_list(store, arena, rollout->id, &ids, &count, err))
        return false;
    out->newer = ARENA_MANY(arena, struct compiled, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct rollout newer;

        if (!store_rollout_get(store, arena, rollout->tenant_id, ids[i], &newer, err))
            return false;
        if (newer.state == ROLLOUT_ABORTED)
            continue;
        if (!plan_compile(store, arena, &newer, &out->newer[out->newer_count], err))
            return false;
        out->newer_count++;
    }
    return true;
}

bool plan_compile(struct store *store, struct arena *arena, const struct rollout *rollout,
                  struct compiled *out, struct err *err)
{
    struct compiled c = {.rollout = *rollout};

    if (!store_release_get(store, arena, rollout->tenant_id, rollout->release_id, &c.release, err) ||
        !timing_expected(store, &c.release, &c.minutes, err) ||
        !store_module_list(store, arena, rollout->release_id, &c.modules, &c.module_count, err) ||
        !selection_text(arena, rollout->selection, &c.selection, err) ||
        !terms_text(arena, rollout->terms, &c.terms, err) ||
        !models_read(arena, c.release.models, &c.models, err) ||
        !store_stage_list(store, arena, rollout->id, &c.stages, &c.stage_count, err))
        return err_within(err, "rollout %s", rollout->name);
    for (size_t i = 0; i < c.stage_count; i++)
        c.has_groups |= c.stages[i].kind == STAGE_GROUP;
    if (!stones_read(store, arena, &c, err) || !newer_read(store, arena, rollout, &c, err))
        return false;
    *out = c;
    return true;
}

const char *plan_newer_for(const struct compiled *c, const struct device_facts *facts)
{
    for (size_t i = 0; i < c->newer_count; i++)
        if (plan_is_for(&c->newer[i], facts))
            return c->newer[i].rollout.name;
    return NULL;
}

#define SITES_AT_ONCE 500

static bool sites_read(struct store *store, struct arena *arena, const struct hold *hold, struct texts *out,
                       struct err *err)
{
    const char *after = "";
    struct texts found = {0};
    struct site *sites;
    size_t count;

    do {
        if (!store_site_list(store, arena, hold->tenant_id, after, SITES_AT_ONCE, &sites, &count, err))
            return false;
        const char **more = ARENA_MANY(arena, const char *, found.count + count + 1);

        if (found.count)
            memcpy(more, found.at, found.count * sizeof(*more));
        found.at = more;
        for (size_t i = 0; i < count; i++)
            if (text_equal(sites[i].customer, hold->object))
                found.at[found.count++] = sites[i].name;
        after = count ? sites[count - 1].name : after;
    } while (count == SITES_AT_ONCE);
    *out = found;
    return true;
}

bool plan_holds_read(struct store *store, struct arena *arena, int64_t tenant_id, struct holds *out,
                     struct err *err)
{
    struct hold *standing;

    if (!store_hold_standing(store, arena, tenant_id, &standing, &out->count, err))
        return false;
    out->all = ARENA_MANY(arena, struct standing, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        out->all[i] = (struct standing){.hold = standing[i]};
        if (standing[i].scope == HOLD_CUSTOMER &&
            !sites_read(store, arena, &standing[i], &out->all[i].sites, err))
            return false;
    }
    return true;
}

bool plan_may_match(const struct compiled *c, const struct device *device)
{
    return text_equal(c->release.family, device->family) &&
           (c->models.count == 0 || texts_have(&c->models, device->model)) &&
           selection_may_match(&c->selection, device);
}

static struct hold hold_copy(struct arena *arena, const struct hold *hold)
{
    struct hold copy = *hold;

    copy.object = arena_dup(arena, hold->object);
    copy.reason = arena_dup(arena, hold->reason);
    copy.created_by = arena_dup(arena, hold->created_by);
    copy.lifted_by = arena_dup(arena, hold->lifted_by);
    return copy;
}

/* Those that cover it, copied: few, and mostly none. */
size_t plan_holds_for(struct arena *arena, const struct holds *holds, const struct device *device,
                      const struct release *release, const struct hold **out)
{
    struct hold *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < holds->count; i++) {
        const struct standing *s = &holds->all[i];

        if (!hold_covers(&s->hold, &s->sites, device, release))
            continue;
        if (!found)
            found = ARENA_MANY(arena, struct hold, holds->count);
        found[count++] = hold_copy(arena, &s->hold);
    }
    *out = found;
    return count;
}

static void names_copy(struct arena *arena, struct terms_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        names->at[i] = arena_dup(arena, names->at[i]);
}

static const struct rollout_terms *terms_copy(struct arena *arena, const struct rollout_terms *from)
{
    struct rollout_terms *terms = ARENA_NEW(arena, struct rollout_terms);

    *terms = *from;
    terms->download.zone = arena_dup(arena, terms->download.zone);
    terms->download.rule = arena_dup(arena, terms->download.rule);
    terms->download.exdates = arena_dup(arena, terms->download.exdates);
    terms->urgent_reason = arena_dup(arena, terms->urgent_reason);
    names_copy(arena, &terms->order);
    names_copy(arena, &terms->reapply);
    return terms;
}

static const struct release *release_copy(struct arena *arena, const struct release *from)
{
    struct release *release = ARENA_NEW(arena, struct release);

    *release = *from;
    release->family = arena_dup(arena, release->family);
    release->version = arena_dup(arena, release->version);
    release->min_version = arena_dup(arena, release->min_version);
    release->models = release->manifest = release->package_sha256 = release->sbom_sha256 = release->to_sign =
        release->created_by = "";
    return release;
}

static const struct module *modules_copy(struct arena *arena, const struct module *from, size_t count)
{
    struct module *modules = ARENA_MANY(arena, struct module, count + 1);

    for (size_t i = 0; i < count; i++) {
        modules[i] = from[i];
        modules[i].component = arena_dup(arena, modules[i].component);
        modules[i].version = arena_dup(arena, modules[i].version);
        modules[i].filename = arena_dup(arena, modules[i].filename);
        modules[i].sha256 = arena_dup(arena, modules[i].sha256);
        modules[i].sha1 = arena_dup(arena, modules[i].sha1);
        modules[i].md5 = arena_dup(arena, modules[i].md5);
    }
    return modules;
}

static void stones_copy(struct arena *arena, const struct compiled *c, const struct device *device,
                        struct planned *out)
{
    struct stone *stones = ARENA_MANY(arena, struct stone, c->stone_count + 1);

    for (size_t i = 0; i < c->stone_count; i++) {
        const struct stone *s = &c->stones[i];

        if (c->stone_models[i].count && !texts_have(&c->stone_models[i], device->model))
            continue;
        stones[out->stone_count++] =
            (struct stone){release_copy(arena, s->release), modules_copy(arena, s->modules, s->module_count),
                           s->module_count};
    }
    out->stones = stones;
}

/* A deep enough copy: what a planned points to must outlive the snapshot. */
void plan_copy(struct arena *arena, const struct compiled *c, const struct device *device, int64_t stage,
               struct planned *out)
{
    struct rollout *rollout = ARENA_NEW(arena, struct rollout);

    *rollout = c->rollout;
    rollout->name = arena_dup(arena, rollout->name);
    rollout->window.zone = arena_dup(arena, rollout->window.zone);
    rollout->reason = arena_dup(arena, rollout->reason);
    rollout->selection = rollout->created_by = rollout->cluster = rollout->terms = "";
    *out = (struct planned){.rollout = rollout,
                            .release = release_copy(arena, &c->release),
                            .modules = modules_copy(arena, c->modules, c->module_count),
                            .module_count = c->module_count,
                            .terms = terms_copy(arena, &c->terms),
                            .stage = stage};
    if (c->stone_count)
        stones_copy(arena, c, device, out);
}

bool planned_is_open(const struct planned *plan)
{
    return plan->stage <= plan->rollout->stage + MUTANT_IS(3);
}

bool plan_is_for(const struct compiled *c, const struct device_facts *facts)
{
    return plan_may_match(c, facts->device) && selection_matches(&c->selection, facts);
}

/* The stage that is for the device, or -1: it is not for it. */
int64_t plan_stage_for(const struct compiled *c, const struct device_facts *facts)
{
    if (!plan_is_for(c, facts))
        return -1;
    return selection_stage(c->stages, c->stage_count,
                           selection_rank(c->rollout.id, facts->device->controller_id), facts);
}

/* ---- for people who ask why ------------------------------------------------------------ */

struct plan_view {
    struct compiled compiled;
    struct holds holds;
    struct tenant tenant;
};

bool plan_view_open(struct world *world, struct arena *arena, const struct rollout *rollout,
                    struct plan_view **out, struct err *err)
{
    struct plan_view *view = ARENA_NEW(arena, struct plan_view);

    if (!plan_compile(world->store, arena, rollout, &view->compiled, err) ||
        !plan_holds_read(world->store, arena, rollout->tenant_id, &view->holds, err) ||
        !store_tenant_get(world->store, arena, rollout->tenant_id, &view->tenant, err))
        return false;
    *out = view;
    return true;
}

bool plan_view_may_match(const struct plan_view *view, const struct device *device)
{
    return plan_may_match(&view->compiled, device);
}

bool plan_view_match(const struct plan_view *view, struct arena *arena, const struct device_facts *facts,
                     struct planned *out)
{
    bool is_cut = view->compiled.rollout.state != ROLLOUT_PLANNING; /* before that nobody knows which stage */
    int64_t stage = is_cut ? plan_stage_for(&view->compiled, facts) : 0;

    if (stage < 0 || !plan_is_for(&view->compiled, facts))
        return false;
    plan_copy(arena, &view->compiled, facts->device, stage, out);
    out->superseded_by = plan_newer_for(&view->compiled, facts);
    out->tenant_at_once = view->tenant.at_once;
    out->tenant_bytes_hour = view->tenant.bytes_hour;
    out->hold_count =
        plan_holds_for(arena, &view->holds, facts->device, &view->compiled.release, &out->holds);
    return true;
}

int64_t plan_view_mark(const struct plan_view *view)
{
    const struct compiled *c = &view->compiled;
    uint64_t mark = c->rollout.is_urgent ? 3 : 1;

    for (size_t i = 0; i < c->newer_count; i++)
        mark = mark * 1000003 + (uint64_t)c->newer[i].rollout.id;
    return (int64_t)(mark >> 1);
}
