#include "domain/staging_fit.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/schedule.h"

#define CHAINS 1024

struct place {
    struct place *next;
    const char *site;
    struct schedule schedule;
};

struct staging_fit {
    struct world *world;
    struct arena *arena;
    struct action action; /* as the rollout would give it */
    int64_t now_ms;
    struct place *chains[CHAINS];
};

struct staging_fit *staging_fit_new(struct world *world, struct arena *arena, const struct rollout *rollout,
                                    int64_t now_ms)
{
    struct staging_fit *fit = ARENA_NEW(arena, struct staging_fit);

    fit->world = world;
    fit->arena = arena;
    fit->action = (struct action){
        .tenant_id = rollout->tenant_id, .release_id = rollout->release_id, .rollout_id = rollout->id};
    fit->now_ms = now_ms;
    return fit;
}

static bool place_of(struct staging_fit *fit, const struct candidate *c, const struct place **out,
                     struct err *err)
{
    struct place **chain = &fit->chains[hash_rank(span_of("site"), span_of(c->site)) % CHAINS];
    struct device device = {.id = c->id,
                            .tenant_id = fit->action.tenant_id,
                            .controller_id = c->controller_id,
                            .site = c->site,
                            .customer = ""};
    struct place *made;

    for (const struct place *p = *chain; p; p = p->next)
        if (text_equal(p->site, c->site)) {
            *out = p;
            return true;
        }
    made = ARENA_NEW(fit->arena, struct place);
    if (!schedule_of(fit->world, fit->arena, &device, &fit->action, fit->now_ms, &made->schedule, err))
        return err_within(err, "the hours of site %s", c->site);
    made->site = arena_dup(fit->arena, c->site);
    made->next = *chain;
    *out = *chain = made;
    return true;
}

bool staging_fit_weigh(struct staging_unfit *unfit, const struct candidate *c, struct err *err)
{
    const struct place *place = NULL;

    if (!unfit->fit)
        return true;
    if (!place_of(unfit->fit, c, &place, err))
        return false;
    if (!place->schedule.is_short)
        return true;
    if (unfit->devices < STAGING_UNFIT_NAMED)
        unfit->named[unfit->devices] = arena_dup(unfit->fit->arena, c->controller_id);
    unfit->devices++;
    unfit->needs_min = place->schedule.needs_min;
    if (place->schedule.longest_min > unfit->longest_min)
        unfit->longest_min = place->schedule.longest_min;
    return true;
}

const char *staging_fit_text(struct arena *arena, const struct staging_unfit *unfit)
{
    struct buf b = {.arena = arena};

    if (unfit->devices == 0)
        return "";
    buf_printf(&b,
               "%" PRId64 " of its devices never fit: their window of %" PRId64
               " minutes is shorter than the %" PRId64 " the install takes: ",
               unfit->devices, unfit->longest_min, unfit->needs_min);
    for (int64_t i = 0; i < unfit->devices && i < STAGING_UNFIT_NAMED; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", unfit->named[i]);
    return unfit->devices > STAGING_UNFIT_NAMED ? arena_printf(arena, "%s, ...", buf_cstr(&b)) : buf_cstr(&b);
}
