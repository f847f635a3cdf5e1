#include "sim/campaign.h"

#include <inttypes.h>

#include "base/json.h"
#include "domain/rollout.h"
#include "sim/operator.h"
#include "sim/plan.h"

static struct campaign chosen(struct sim *sim)
{
    static const int64_t fails[] = {0, 5, 10, 20, 34, 50, 100}, healthy[] = {0, 50, 80, 90, 100},
                         errors[] = {0, 0, 1, 5, 10};
    static const int64_t soaks[] = {0, 0, 30, 120, 600};
    struct dice *d = &sim->dice;
    struct campaign c = {.package = (int)dice_below(d, sim->package_count),
                         .is_urgent = dice_chance(d, 6),
                         .is_download_only = dice_chance(d, 4),
                         .only_place = dice_chance(d, 15),
                         .place = (int)dice_below(d, sim->place_count),
                         .fail_percent = DICE_PICK(d, fails),
                         .healthy_percent = DICE_PICK(d, healthy),
                         .min_failures = dice_below(d, 3),
                         .error_percent = DICE_PICK(d, errors),
                         .deadline_h = dice_between(d, 4, 40),
                         .max_tries = dice_between(d, 1, 4),
                         .soak_min = DICE_PICK(d, soaks)};

    c.at_once = dice_chance(d, 20) ? dice_between(d, 1, 8) : 0;
    c.at_once_place = dice_chance(d, 12) ? dice_between(d, 1, 4) : 0;
    c.place_most = dice_chance(d, 15) ? dice_between(d, 1, 5) : 0;
    c.place_percent = dice_chance(d, 15) ? dice_between(d, 1, 80) : 0;
    c.keeps_one = dice_chance(d, 20);
    if (dice_chance(d, 20))
        c.hours = plan_hours(d);
    if (c.hours.is_set && dice_chance(d, 30))
        c.hours.zone = "Europe/Berlin";
    return c;
}

static size_t stages_make(struct sim *sim, struct rollout_stage *out)
{
    struct dice *d = &sim->dice;
    size_t count = 0;

    if (dice_chance(d, 40))
        out[count++] = (struct rollout_stage){.kind = STAGE_GROUP, .tag = "pilot"};
    if (dice_chance(d, 60))
        out[count++] = (struct rollout_stage){.kind = STAGE_COUNT, .value = dice_between(d, 1, 6), .tag = ""};
    if (dice_chance(d, 50))
        out[count++] =
            (struct rollout_stage){.kind = STAGE_PERCENT, .value = dice_between(d, 5, 60), .tag = ""};
    return count;
}

/* model/terms.h has the words. */
static const char *terms_of(struct sim *sim, const struct campaign *c)
{
    struct buf text = {.arena = sim->arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    if (c->place_most)
        json_int(&j, "site_most", c->place_most);
    if (c->place_percent)
        json_int(&j, "site_percent", c->place_percent);
    if (c->keeps_one)
        json_bool(&j, "keep_one", true);
    if (c->at_once)
        json_int(&j, "at_once", c->at_once);
    if (c->at_once_place)
        json_int(&j, "at_once_site", c->at_once_place);
    if (c->is_urgent)
        json_text(&j, "urgent_reason", "dice");
    json_close(&j);
    return buf_cstr(&text);
}

struct campaign *campaign_make(struct sim *sim)
{
    struct campaign *c = &sim->campaigns[sim->campaign_count];
    struct rollout_stage stages[4];
    struct rollout_view view;
    struct err err = {0};
    size_t count;

    if (sim->campaign_count == CAMPAIGNS_MAX)
        return NULL;
    *c = chosen(sim);
    count = stages_make(sim, stages);
    struct rollout draft = {.name = arena_printf(sim->arena, "r%d", sim->campaign_count),
                            .release_id = sim->packages[c->package].id,
                            .kind = c->is_download_only ? ACTION_DOWNLOAD_ONLY : ACTION_FORCED,
                            .weight = dice_between(&sim->dice, 300, 700),
                            .selection = c->only_place ? arena_printf(sim->arena, "{\"sites\":[\"%s\"]}",
                                                                      sim->places[c->place].name)
                                                       : "{}",
                            .window = plan_window(&c->hours, c->hours.zone ? c->hours.zone : ""),
                            .is_urgent = c->is_urgent,
                            .fail_percent = c->fail_percent,
                            .healthy_percent = c->healthy_percent,
                            .min_failures = c->min_failures,
                            .error_percent = c->error_percent,
                            .deadline_h = c->deadline_h,
                            .soak_min = c->soak_min,
                            .max_tries = c->max_tries,
                            .terms = terms_of(sim, c),
                            .reason = "",
                            .cluster = ""};

    if (!rollout_make(&sim->world, sim->arena, operator_who(sim), &draft, stages, count, sim_now(sim), &view,
                      &err)) {
        sim_tell(sim, "op: make rollout: %s", err.text);
        return NULL;
    }
    c->id = view.rollout.id;
    sim_tell(sim, "op: make rollout %" PRId64 " of release %s%s%s", c->id, sim->packages[c->package].version,
             c->is_download_only ? ", only downloaded" : "", c->is_urgent ? ", urgent" : "");
    sim->campaign_count++;
    return c;
}
