#include "domain/rehearsal_read.h"

#include <stdlib.h>

#include "base/text.h"
#include "domain/canary.h"
#include "domain/deployment.h"
#include "domain/device.h"
#include "domain/plan_compile.h"
#include "domain/rehearsal_places.h"
#include "domain/seen.h"
#include "domain/staging.h"
#include "domain/terms.h"
#include "store/rehearsals.h"
#include "store/releases.h"
#include "store/rollouts.h"

#define HOUR_MS 3600000LL
#define RANKED UINT8_MAX /* a stage by rank, not by name */

struct reader {
    struct world *world;
    struct arena *arena;
    struct arena *scratch; /* for one device's tags and attributes */
    struct compiled compiled;
    struct rehearsal_places *places;
    struct canary *canary; /* NULL: nobody is to be chosen */
    struct planned plan;   /* the rollout as it will be: running, with this device's stage open */
    struct rollout running;
    struct member_turn *turns; /* heap, by device */
    size_t turn_count, turn;
    bool is_cut, needs_details;
    uint8_t fetches[DEVICE_QUIRK__MAX]; /* rehearsal_fetch */
    int64_t now_ms, unseen_ms;
    const struct module **lacking;
    struct rehearsal_reading *out;
    size_t room;
};

/* ---- one device ---------------------------------------------------------------------------- */

/* Both come by id. */
static const struct member_turn *turn_of(struct reader *r, int64_t device_id)
{
    while (r->turn < r->turn_count && r->turns[r->turn].device_id < device_id)
        r->turn++;
    return r->turn < r->turn_count && r->turns[r->turn].device_id == device_id ? &r->turns[r->turn] : NULL;
}

/* Not heard of since before the deadline: it will not come for its offer either. */
static bool is_unseen(const struct reader *r, const struct member *m)
{
    int64_t last_ms = m->last_seen_ms;

    if (last_ms < r->unseen_ms)
        last_ms = seen_last_ms(r->world->seen, m->device.id);
    return last_ms < r->unseen_ms;
}

static uint8_t why_not(const struct reader *r, const struct member *m, const struct offer_facts *facts)
{
    enum offer_why why = offer_weigh(facts, &r->plan, NULL);

    return why == OFFER_YES && is_unseen(r, m) ? REHEARSAL_UNSEEN : (uint8_t)why;
}

/* Who may be one of those that are chosen to try it first. */
static void look(struct reader *r, const struct member *m, const struct device_facts *asked)
{
    canary_look(r->canary, &(struct canary_candidate){
                               .model = m->device.model,
                               .mix = canary_mix(r->scratch, asked->attributes, asked->attribute_count),
                               .site = m->device.site,
                               .rank = selection_rank(r->running.id, m->device.controller_id),
                               .seen_ms = m->last_seen_ms});
}

static bool keep(struct reader *r, const struct member *m, const struct device_facts *asked, int64_t stage,
                 struct err *err)
{
    const struct offer_facts facts = {.device = &m->device,
                                      .components = m->components,
                                      .component_count = m->component_count,
                                      .now_ms = r->now_ms};
    size_t lacking = offer_lacking(&facts, r->compiled.modules, r->compiled.module_count, r->lacking);
    struct rehearsal_reading *out = r->out;
    struct rehearsal_device *d;

    if (lacking == 0)
        return true;
    if (out->facts.count == r->room)
        return FAIL(err, ERR_BUSY, "the fleet grows faster than it is read; ask again");
    d = &out->devices[out->facts.count++];
    *d = (struct rehearsal_device){.id = m->device.id,
                                   .rank = selection_rank(r->running.id, m->device.controller_id),
                                   .stage = stage < 0 ? RANKED : (uint8_t)stage,
                                   .why = why_not(r, m, &facts),
                                   .fetches = r->fetches[m->device.quirk]};
    for (size_t i = 0; i < lacking; i++)
        d->bytes += r->lacking[i]->size;
    if (r->canary && stage < 0)
        look(r, m, asked);
    return rehearsal_places_find(r->places, r->scratch, &m->device, &d->place, err);
}

static bool meet(void *ctx, const struct member *m, struct err *err)
{
    struct reader *r = ctx;
    struct device_facts facts = {.device = &m->device};
    const struct member_turn *turn = turn_of(r, m->device.id);

    if ((turn && action_is_closed(turn->state)) || !plan_may_match(&r->compiled, &m->device))
        return true;
    arena_reset(r->scratch);
    if (r->needs_details && !device_load(r->world, r->scratch, &facts, err))
        return false;
    if (!selection_matches(&r->compiled.selection, &facts))
        return true;
    /* Before the cut no rank lies below any limit: only named groups answer. */
    return keep(r, m, &facts,
                selection_stage(r->compiled.stages, r->compiled.stage_count,
                                r->is_cut ? selection_rank(r->running.id, m->device.controller_id) : RANK_END,
                                &facts),
                err);
}

/* ---- the stages ------------------------------------------------------------------------------- */

static int by_rank(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int by_stage(const void *a, const void *b)
{
    const struct rehearsal_device *x = a, *y = b;

    if (x->stage != y->stage)
        return x->stage < y->stage ? -1 : 1;
    return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank) : (x->id > y->id) - (x->id < y->id);
}

/* As staging_plan cuts them at the start. */
static void cut(struct reader *r)
{
    struct rehearsal_facts *f = &r->out->facts;
    struct rollout_stage *stages = r->compiled.stages;
    int64_t *ranks = malloc(sizeof(*ranks) * (f->count + 1));
    static const struct device_facts nobody = {0};
    size_t count = 0;

    if (!ranks)
        abort();
    for (size_t i = 0; i < f->count; i++) {
        if (f->devices[i].stage == RANKED)
            ranks[count++] = f->devices[i].rank;
        else
            stages[f->devices[i].stage].planned++;
    }
    qsort(ranks, count, sizeof(*ranks), by_rank);
    if (r->canary)
        staging_choose(stages, r->compiled.stage_count, r->canary, ranks, &count);
    staging_cut(stages, r->compiled.stage_count, ranks, count);
    free(ranks);
    for (size_t i = 0; i < f->count; i++)
        if (f->devices[i].stage == RANKED)
            f->devices[i].stage =
                (uint8_t)selection_stage(stages, r->compiled.stage_count, f->devices[i].rank, &nobody);
}

/* Those that had their turn keep what they became; who is under way goes its way once more. */
static bool before(struct reader *r, struct err *err)
{
    struct rollout_tally *tally = r->out->before;

    if (!store_tally_list(r->world->store, r->running.id, tally, r->compiled.stage_count, err))
        return false;
    for (size_t i = 0; i < r->compiled.stage_count; i++)
        for (int s = 0; s < ACTION_STATE__MAX; s++)
            if (!action_is_closed((enum action_state)s))
                tally[i].devices[s] = 0;
    return true;
}

/* ---- before the fleet ---------------------------------------------------------------------------- */

static void learn_quirks(struct reader *r)
{
    static const struct schedule shut = {.has_window = true};
    const struct action offered = {.state = ACTION_OFFERED, .kind = r->running.kind};

    for (int q = 0; q < DEVICE_QUIRK__MAX; q++) {
        const struct device device = {.quirk = (enum device_quirk)q};

        r->fetches[q] = orders_of(&device, &offered, &shut, r->now_ms).is_withheld ? REHEARSAL_FETCHES_THEN
                        : schedule_takes_both(&device) ? REHEARSAL_FETCHES_BY_HOURS
                                                       : REHEARSAL_FETCHES;
    }
}

static bool load_turns(struct reader *r, struct err *err)
{
    int64_t count;

    if (!store_turn_count(r->world->store, r->running.id, &count, err))
        return false;
    r->turns = calloc((size_t)count + 1, sizeof(*r->turns));
    if (!r->turns)
        abort();
    return store_turn_list(r->world->store, r->running.id, r->turns, (size_t)count, &r->turn_count, err);
}

/* From the earliest to the latest that the rollout allows within these nights. */
static bool open_places(struct reader *r, const struct rehearsal_ask *ask, struct err *err)
{
    int64_t from_ms = ask->from_ms, until_ms = ask->from_ms + ask->nights * 24 * HOUR_MS;
    struct rollout_terms terms;
    struct action_rules rules;
    struct holds holds;

    if (!terms_text(r->arena, r->running.terms, &terms, err) ||
        !plan_holds_read(r->world->store, r->arena, r->running.tenant_id, &holds, err) ||
        !store_action_rules(r->world->store, r->arena, r->running.id, &rules, err))
        return false;
    from_ms = terms.earliest_ms > from_ms ? terms.earliest_ms : from_ms;
    until_ms = terms.latest_ms && terms.latest_ms < until_ms ? terms.latest_ms : until_ms;
    r->places =
        rehearsal_places_new(r->world, r->arena, &r->compiled, &holds, &rules, r->now_ms, from_ms, until_ms);
    return true;
}

static bool make_room(struct reader *r, struct err *err)
{
    int64_t family;

    if (!store_family_reach(r->world->store, r->running.tenant_id, r->compiled.release.family, INT64_MAX,
                            &family, err))
        return false;
    r->room = (size_t)family;
    r->out->facts.devices = r->out->devices = calloc(r->room + 1, sizeof(*r->out->devices));
    if (!r->out->devices)
        abort();
    return true;
}

static bool prepare(struct reader *r, const struct rehearsal_ask *ask, struct err *err)
{
    r->running = r->out->rollout;
    r->running.state = ROLLOUT_RUNNING;
    r->is_cut = r->running.started_ms > 0;
    r->unseen_ms = r->now_ms - r->running.deadline_h * HOUR_MS;
    if (!plan_compile(r->world->store, r->arena, &r->running, &r->compiled, err) || !load_turns(r, err) ||
        !open_places(r, ask, err) || !make_room(r, err))
        return false;
    for (size_t i = 0; i < r->compiled.stage_count && !r->is_cut && !r->canary; i++)
        if (r->compiled.stages[i].kind == STAGE_CANARY)
            r->canary = canary_new(r->arena);
    r->needs_details = r->compiled.selection.needs_details || r->compiled.has_groups || r->canary;
    r->plan = (struct planned){.rollout = &r->running,
                               .release = &r->compiled.release,
                               .modules = r->compiled.modules,
                               .module_count = r->compiled.module_count};
    r->lacking = ARENA_MANY(r->arena, const struct module *, r->compiled.module_count + 1);
    learn_quirks(r);
    return true;
}

/* ---- all of it -------------------------------------------------------------------------------------- */

static void finish(struct reader *r, const struct rehearsal_ask *ask)
{
    struct rehearsal_reading *out = r->out;
    struct rehearsal_facts *f = &out->facts;

    if (!r->is_cut)
        cut(r);
    qsort(f->devices, f->count, sizeof(*f->devices), by_stage);
    f->rollout = &out->rollout;
    f->stages = r->compiled.stages;
    f->stage_count = r->compiled.stage_count;
    f->before = out->before;
    f->places = rehearsal_places_all(r->places, &f->place_count);
    f->from_ms = ask->from_ms;
    f->nights = ask->nights;
    f->seed = ask->seed;
    f->bad_share = ask->bad_share;
    out->holds_left_out = rehearsal_places_left_out(r->places);
}

bool rehearsal_read(struct world *world, struct arena *arena, const struct rehearsal_ask *ask, int64_t now_ms,
                    struct rehearsal_reading *out, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct reader *r = ARENA_NEW(arena, struct reader);
    bool is_read;

    *r = (struct reader){.world = world, .arena = arena, .scratch = scratch, .now_ms = now_ms, .out = out};
    is_read =
        prepare(r, ask, err) && before(r, err) &&
        store_member_each(world->store, out->rollout.tenant_id, r->compiled.release.family, meet, r, err);
    free(r->turns);
    r->turns = NULL;
    if (is_read)
        finish(r, ask);
    return is_read;
}

void rehearsal_reading_end(struct rehearsal_reading *reading)
{
    free(reading->devices);
    reading->devices = NULL;
}
