#include "domain/staging.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/canary.h"
#include "domain/device.h"
#include "domain/selection.h"
#include "store/devices.h"
#include "store/releases.h"
#include "store/rollouts.h"

struct pass {
    struct world *world;
    struct arena *arena;   /* for the ranks */
    struct arena *scratch; /* for one device's tags and attributes */
    const struct rollout *rollout;
    const char *family;
    struct selection selection;
    struct texts models;
    struct rollout_stage *stages;
    size_t stage_count;
    int64_t module_count;
    bool needs_details;
    struct canary *canary; /* NULL: no stage asks for one */
    struct staging_unfit *unfit;
    int64_t *ranks;
    size_t rank_count, rank_room;
};

static void keep_rank(struct pass *p, int64_t rank)
{
    if (p->rank_count == p->rank_room) {
        size_t room = p->rank_room ? p->rank_room * 2 : 1024;
        int64_t *more = ARENA_MANY(p->arena, int64_t, room);

        if (p->rank_count)
            memcpy(more, p->ranks, p->rank_count * sizeof(*more));
        p->ranks = more;
        p->rank_room = room;
    }
    p->ranks[p->rank_count++] = rank;
}

static bool load_details(struct pass *p, int64_t device_id, struct device_facts *facts, struct err *err)
{
    const char **tags;
    struct device_pair *attributes;

    arena_reset(p->scratch);
    if (!store_tag_list(p->world->store, p->scratch, device_id, &tags, &facts->tag_count, err) ||
        !store_attribute_list(p->world->store, p->scratch, device_id, &attributes, &facts->attribute_count,
                              err) ||
        (p->selection.changed_by && !device_load_changes(p->world, p->scratch, facts, err)))
        return false;
    facts->tags = tags;
    facts->attributes = attributes;
    return true;
}

static bool look(struct pass *p, const struct candidate *c, const struct device_facts *facts, struct err *err)
{
    struct device_seen seen;

    if (!store_seen_get(p->world->store, c->id, &seen, err))
        return false;
    canary_look(p->canary, &(struct canary_candidate){
                               .model = c->model,
                               .mix = canary_mix(p->scratch, facts->attributes, facts->attribute_count),
                               .site = c->site,
                               .rank = selection_rank(p->rollout->id, c->controller_id),
                               .seen_ms = seen.last_seen_ms});
    return true;
}

/* One candidate: into a named group's count, or among the ranks. */
static bool weigh(void *ctx, const struct candidate *c, struct err *err)
{
    struct pass *p = ctx;
    struct device device = {.id = c->id,
                            .controller_id = c->controller_id,
                            .model = c->model,
                            .site = c->site,
                            .family = p->family};
    struct device_facts facts = {.device = &device};

    if (c->modules_had >= p->module_count || (p->models.count > 0 && !texts_have(&p->models, c->model)) ||
        !selection_may_match(&p->selection, &device))
        return true;
    if (p->needs_details && !load_details(p, c->id, &facts, err))
        return false;
    if (!selection_matches(&p->selection, &facts))
        return true;
    /* Before the cut, no rank lies below any limit: only named groups answer. */
    int64_t stage = selection_stage(p->stages, p->stage_count, RANK_END, &facts);
    p->stages[0].without_backup += !c->takes_backups;
    if (!staging_fit_weigh(p->unfit, c, err))
        return false;
    if (stage >= 0)
        p->stages[stage].planned++;
    else
        keep_rank(p, selection_rank(p->rollout->id, c->controller_id));
    return stage >= 0 || !p->canary || look(p, c, &facts, err);
}

static int by_rank(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t share(const struct rollout_stage *stage, int64_t all)
{
    int64_t part = (all * stage->value + 99) / 100;

    if (stage->kind == STAGE_COUNT)
        return stage->value;
    return stage->kind == STAGE_PERCENT ? (part > 0 || all == 0 ? part : 1) : all;
}

void staging_cut(struct rollout_stage *stages, size_t count, const int64_t *ranks, size_t rank_count)
{
    int64_t taken = 0, all = (int64_t)rank_count;

    for (size_t i = 0; i < count; i++) {
        int64_t upto;

        if (stages[i].kind == STAGE_GROUP || stages[i].kind == STAGE_CANARY)
            continue;
        upto = taken + share(&stages[i], all);
        upto = upto < all ? upto : all;
        stages[i].planned = upto - taken;
        stages[i].rank_below = upto < all ? ranks[upto] : RANK_END;
        taken = upto;
    }
}

void staging_choose(struct rollout_stage *stages, size_t count, struct canary *canary, int64_t *ranks,
                    size_t *rank_count)
{
    for (size_t i = 0; i < count; i++) {
        struct rollout_stage *s = &stages[i];
        size_t kept = 0, next = 0;

        if (s->kind != STAGE_CANARY)
            continue;
        s->chosen_count = canary_choose(canary, s->value, &s->chosen);
        s->planned = (int64_t)s->chosen_count;
        for (size_t k = 0; k < *rank_count; k++)
            if (next < s->chosen_count && ranks[k] == s->chosen[next])
                next++;
            else
                ranks[kept++] = ranks[k];
        *rank_count = kept;
    }
}

static bool prepare(struct pass *p, struct release *release, struct err *err)
{
    const struct rollout *r = p->rollout;
    struct module *modules;
    size_t module_count;
    const struct json *models;

    if (!store_release_get(p->world->store, p->arena, r->tenant_id, r->release_id, release, err) ||
        !store_module_list(p->world->store, p->arena, r->release_id, &modules, &module_count, err) ||
        !selection_text(p->arena, r->selection, &p->selection, err) ||
        !json_parse(p->arena, span_of(release->models), &models, err))
        return false;
    p->family = release->family;
    p->module_count = (int64_t)module_count;
    p->models.count = json_count(models);
    p->models.at = ARENA_MANY(p->arena, const char *, p->models.count + 1);
    for (size_t i = 0; i < p->models.count; i++)
        p->models.at[i] = json_string(json_item(models, i));
    p->needs_details = p->selection.needs_details;
    for (size_t i = 0; i < p->stage_count; i++) {
        p->needs_details |= p->stages[i].kind == STAGE_GROUP || p->stages[i].kind == STAGE_CANARY;
        if (p->stages[i].kind == STAGE_CANARY)
            p->canary = canary_new(p->arena);
        p->stages[i].planned = p->stages[i].rank_below = p->stages[i].without_backup = 0;
    }
    return true;
}

/* A rollout that concerns nobody would finish at once, and those who come later would wait for it in vain. */
static bool concerns_somebody(const struct pass *p, const struct release *release, struct err *err)
{
    int64_t planned = 0;

    for (size_t i = 0; i < p->stage_count; i++)
        planned += p->stages[i].planned;
    return planned > 0 ||
           FAIL(err, ERR_CONFLICT,
                "no active device of family %s within this selection lacks %s; enrol devices first, "
                "or choose others",
                release->family, release->version);
}

bool staging_plan(struct world *world, struct arena *arena, const struct rollout *rollout,
                  struct rollout_stage *stages, size_t count, struct staging_unfit *unfit, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct pass p = {.world = world,
                     .arena = arena,
                     .scratch = scratch,
                     .rollout = rollout,
                     .stages = stages,
                     .stage_count = count,
                     .unfit = unfit};
    struct release release;

    if (!prepare(&p, &release, err) ||
        !store_candidate_each(world->store, rollout->tenant_id, release.family, rollout->release_id,
                              p.selection.changed_by, weigh, &p, err))
        return err_within(err, "planning rollout %s", rollout->name);
    if (p.rank_count)
        qsort(p.ranks, p.rank_count, sizeof(*p.ranks), by_rank);
    if (p.canary)
        staging_choose(stages, count, p.canary, p.ranks, &p.rank_count);
    staging_cut(stages, count, p.ranks, p.rank_count);
    return concerns_somebody(&p, &release, err) || err_within(err, "planning rollout %s", rollout->name);
}
