#include "domain/steps.h"

#include "base/text.h"
#include "signing/manifest.h"

/* ---- stepping stones ---------------------------------------------------------------------- */

static bool starts_from(const struct release *release, const char *has)
{
    return text_blank(release->min_version) || version_compare(has, release->min_version) >= 0;
}

/* The highest that starts from there and is more than that; NULL: none. */
static const struct stone *highest(const struct planned *plan, const struct device *device, const char *has)
{
    const struct stone *best = NULL;

    for (size_t i = 0; i < plan->stone_count; i++) {
        const struct release *r = plan->stones[i].release;

        if (version_compare(r->version, has) > 0 && starts_from(r, has) &&
            r->counter >= device->release_counter &&
            (!best || version_compare(r->version, best->release->version) > 0))
            best = &plan->stones[i];
    }
    return best;
}

/* How many lead there, with *first of them; 0: none does, or none is needed. */
static int64_t path(const struct offer_facts *facts, const struct planned *plan, const struct stone **first)
{
    const char *has = offer_base_version(facts);
    int64_t stones = 0;

    if (!has)
        return 0;
    while (!starts_from(plan->release, has)) {
        const struct stone *next = highest(plan, facts->device, has);

        if (!next)
            return 0;
        if (stones++ == 0)
            *first = next;
        has = next->release->version;
    }
    return stones;
}

/* ---- order ------------------------------------------------------------------------------------ */

static bool is_named(const struct terms_names *order, const char *component)
{
    for (size_t i = 0; i < order->count; i++)
        if (text_equal(order->at[i], component))
            return true;
    return false;
}

static const struct module *find(const struct module *const *lacking, size_t count, const char *component)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(lacking[i]->component, component))
            return lacking[i];
    return NULL;
}

/* Nights that what it lacks takes; *first: what comes in the first of them. */
static int64_t nights(struct arena *arena, const struct terms_names *order,
                      const struct module *const *lacking, size_t count, struct module **first,
                      size_t *first_count)
{
    struct module *group = ARENA_MANY(arena, struct module, count + 1);
    size_t named = 0, rest = 0;

    for (size_t i = 0; i < order->count; i++) {
        const struct module *m = find(lacking, count, order->at[i]);

        if (m && named++ == 0)
            group[0] = *m;
    }
    for (size_t i = 0; i < count; i++)
        if (!is_named(order, lacking[i]->component)) {
            if (named == 0)
                group[rest] = *lacking[i];
            rest++;
        }
    *first = group;
    *first_count = named ? 1 : rest;
    return (int64_t)(named + (rest > 0));
}

void steps_narrow(struct arena *arena, const struct offer_facts *facts, struct planned *plan)
{
    const struct stone *first = NULL;
    const struct module **lacking;
    struct module *group;
    int64_t left = path(facts, plan, &first), parts;
    size_t count;

    if (left > 0) {
        plan->release = first->release;
        plan->modules = first->modules;
        plan->module_count = first->module_count;
    }
    plan->steps_left = left + 1;
    if (!plan->terms || plan->terms->order.count == 0)
        return;
    lacking = ARENA_MANY(arena, const struct module *, plan->module_count + 1);
    count = offer_lacking(facts, plan->modules, plan->module_count, lacking);
    parts = nights(arena, &plan->terms->order, lacking, count, &group, &count);
    if (parts < 2)
        return;
    plan->modules = group;
    plan->module_count = count;
    plan->steps_left += parts - 1;
}
