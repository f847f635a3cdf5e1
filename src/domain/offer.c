#include "domain/offer.h"

#include "base/text.h"
#include "domain/device.h"
#include "domain/limits.h"
#include "signing/manifest.h"

/* clang-format off */
const char *const offer_why_text[OFFER_WHY__MAX] = {
    [OFFER_YES]         = "it is due",
    [OFFER_NO_PLAN]     = "no running rollout holds it in an open stage",
    [OFFER_NOT_ACTIVE]  = "the device is not active",
    [OFFER_QUARANTINED] = "two machines claim to be it: the true one enrols again by a claim that names it, then approve it",
    [OFFER_UP_TO_DATE]  = "it has every component of the release",
    [OFFER_HAD_TURN]    = "the rollout gave it an action before",
    [OFFER_NOT_RUNNING] = "the rollout is not running",
    [OFFER_NOT_OUT]     = "the release is not published",
    [OFFER_SUPERSEDED]  = "a newer rollout serves it",
    [OFFER_STAGE_SHUT]  = "its stage is not open yet",
    [OFFER_GOES_BACK]   = "the release is older than what it must not fall below",
    [OFFER_TOO_OLD]     = "its version is below the one the release starts from, or unknown",
    [OFFER_ONE_PART]    = "its client takes one file, and it lacks several",
    [OFFER_FETCH_ONLY]  = "it is only to be downloaded, and its client would take that for installed",
    [OFFER_OVER]        = "no install of its rollout begins any more",
    [OFFER_HELD]        = "a hold keeps it",
    [OFFER_BUSY]        = "what it works on goes first",
    [OFFER_NO_PLACE]    = "places are limited, and none of its hours holds an install",
    [OFFER_SITE_FULL]   = "enough machines of its site are under way",
    [OFFER_LAST_ONE]    = "it is the last working machine of its site",
    [OFFER_AT_ONCE]     = "enough devices are under way",
    [OFFER_BYTES]       = "enough was offered within the hour",
};
const char *const offer_why_name[OFFER_WHY__MAX] = {
    [OFFER_YES]         = "due",
    [OFFER_NO_PLAN]     = "no-rollout",
    [OFFER_NOT_ACTIVE]  = "not-active",
    [OFFER_QUARANTINED] = "quarantined",
    [OFFER_UP_TO_DATE]  = "up-to-date",
    [OFFER_HAD_TURN]    = "had-turn",
    [OFFER_NOT_RUNNING] = "not-running",
    [OFFER_NOT_OUT]     = "not-published",
    [OFFER_SUPERSEDED]  = "superseded",
    [OFFER_STAGE_SHUT]  = "stage-shut",
    [OFFER_GOES_BACK]   = "goes-back",
    [OFFER_TOO_OLD]     = "floor-needed",
    [OFFER_ONE_PART]    = "takes-one-file",
    [OFFER_FETCH_ONLY]  = "takes-no-download",
    [OFFER_OVER]        = "over",
    [OFFER_HELD]        = "held",
    [OFFER_BUSY]        = "busy",
    [OFFER_NO_PLACE]    = "no-place",
    [OFFER_SITE_FULL]   = "site-full",
    [OFFER_LAST_ONE]    = "last-working",
    [OFFER_AT_ONCE]     = "at-once",
    [OFFER_BYTES]       = "bytes-hour",
};
/* clang-format on */

static const struct device_component *component_of(const struct offer_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->component_count; i++)
        if (text_equal(facts->components[i].component, name))
            return &facts->components[i];
    return NULL;
}

/* A version a device only told of has no digest at rest: then the version decides. */
static bool has_module(const struct offer_facts *facts, const struct module *module)
{
    const struct device_component *has = component_of(facts, module->component);

    return has && text_equal(has->version, module->version) &&
           (text_blank(has->sha256) || text_equal(has->sha256, module->sha256));
}

size_t offer_lacking(const struct offer_facts *facts, const struct module *modules, size_t count,
                     const struct module **lacking)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (!has_module(facts, &modules[i]))
            lacking[found++] = &modules[i];
    return found;
}

static size_t lacking_count(const struct offer_facts *facts, const struct planned *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->module_count; i++)
        count += !has_module(facts, &plan->modules[i]);
    return count;
}

const char *offer_base_version(const struct offer_facts *facts)
{
    const struct device_component *system = component_of(facts, "system");
    const char *lowest = NULL;

    if (system)
        return system->version;
    for (size_t i = 0; i < facts->component_count; i++)
        if (!lowest || version_compare(facts->components[i].version, lowest) < 0)
            lowest = facts->components[i].version;
    return lowest;
}

static bool is_too_old(const struct offer_facts *facts, const struct release *release)
{
    const char *has = offer_base_version(facts);

    return !text_blank(release->min_version) && (!has || version_compare(has, release->min_version) < 0);
}

static bool takes_one_file(const struct device *device)
{
    return device->quirk == QUIRK_RAUC || device->quirk == QUIRK_ZEPHYR;
}

/* A device that flashes is left alone; one that only soaks is free. Before that, what matters more goes
 * first, and of two that matter alike what was offered first. */
static bool goes_first(const struct action *open, const struct planned *plan)
{
    switch (open->state) {
    case ACTION_SOAKING:
        return false;
    case ACTION_BACKING_UP:
    case ACTION_INSTALLING:
    case ACTION_REBOOTING:
        return true;
    case ACTION_CANCELING:
        return false;
    default:
        return open->weight >= plan->rollout->weight;
    }
}

/* ---- the predicates ------------------------------------------------------------------ */

/* One offer in question. */
struct question {
    const struct offer_facts *facts;
    const struct planned *plan;
    const struct action *turn;
};

static bool not_active(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->facts->device->state != DEVICE_ACTIVE && q->facts->device->state != DEVICE_QUARANTINED;
}

static bool quarantined(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->facts->device->state == DEVICE_QUARANTINED;
}

static bool up_to_date(const struct question *q, struct obstacle *out)
{
    (void)out;
    return lacking_count(q->facts, q->plan) == 0;
}

/* One that went silent without ever having fetched its offer was simply off: it gets it again. */
static bool had_turn(const struct question *q, struct obstacle *out)
{
    out->action = q->turn;
    return q->turn && !(q->turn->state == ACTION_SILENT && !q->turn->was_retrieved);
}

static bool not_running(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->plan->rollout->state != ROLLOUT_RUNNING;
}

static bool not_out(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->plan->release->state != RELEASE_PUBLISHED;
}

static bool superseded(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->plan->superseded_by != NULL;
}

static bool stage_shut(const struct question *q, struct obstacle *out)
{
    (void)out;
    return !planned_is_open(q->plan);
}

static bool goes_back(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->plan->release->counter < q->facts->device->release_counter;
}

static bool too_old(const struct question *q, struct obstacle *out)
{
    (void)out;
    return is_too_old(q->facts, q->plan->release);
}

static bool one_part(const struct question *q, struct obstacle *out)
{
    (void)out;
    return takes_one_file(q->facts->device) && lacking_count(q->facts, q->plan) > 1;
}

/* It would never see its link (deployment.c), fall silent, and be offered it again for ever. */
static bool fetch_only(const struct question *q, struct obstacle *out)
{
    (void)out;
    return q->plan->rollout->kind == ACTION_DOWNLOAD_ONLY && device_misreads_skip(q->facts->device);
}

static bool over(const struct question *q, struct obstacle *out)
{
    const struct rollout_terms *terms = q->plan->terms;

    (void)out;
    return terms && terms->latest_ms && q->facts->now_ms >= terms->latest_ms;
}

static bool held(const struct question *q, struct obstacle *out)
{
    out->hold = hold_last(q->plan->holds, q->plan->hold_count, q->facts->now_ms);
    out->until_ms = out->hold ? out->hold->until_ms : 0;
    return out->hold != NULL;
}

static bool busy(const struct question *q, struct obstacle *out)
{
    for (size_t i = 0; i < q->facts->open_count; i++)
        if (goes_first(&q->facts->open[i], q->plan)) {
            out->action = &q->facts->open[i];
            return true;
        }
    return false;
}

static bool no_place(const struct question *q, struct obstacle *out)
{
    (void)out;
    return limits_no_place(q->plan);
}

static bool site_full(const struct question *q, struct obstacle *out)
{
    (void)out;
    return limits_site_full(q->plan, q->facts->device);
}

static bool last_one(const struct question *q, struct obstacle *out)
{
    (void)out;
    return limits_last_one(q->plan, q->facts->device);
}

static bool at_once(const struct question *q, struct obstacle *out)
{
    (void)out;
    return limits_at_once(q->plan, q->facts->device);
}

static bool bytes_hour(const struct question *q, struct obstacle *out)
{
    return limits_bytes(q->plan, q->facts->device, &out->until_ms);
}

/* Whoever adds a reason not to offer adds it here, and nowhere else: offer and explanation both walk this
 * list. */
typedef bool predicate(const struct question *q, struct obstacle *out);
/* clang-format off */
static predicate *const predicates[OFFER_WHY__MAX] = { /* NULL: decided before there is a plan */
    [OFFER_NOT_ACTIVE]  = not_active,
    [OFFER_QUARANTINED] = quarantined,
    [OFFER_UP_TO_DATE]  = up_to_date,
    [OFFER_HAD_TURN]    = had_turn,
    [OFFER_NOT_RUNNING] = not_running,
    [OFFER_NOT_OUT]     = not_out,
    [OFFER_SUPERSEDED]  = superseded,
    [OFFER_STAGE_SHUT]  = stage_shut,
    [OFFER_GOES_BACK]   = goes_back,
    [OFFER_TOO_OLD]     = too_old,
    [OFFER_ONE_PART]    = one_part,
    [OFFER_FETCH_ONLY]  = fetch_only,
    [OFFER_OVER]        = over,
    [OFFER_HELD]        = held,
    [OFFER_BUSY]        = busy,
    [OFFER_NO_PLACE]    = no_place, /* from here on: counters and hours, read when all else says yes */
    [OFFER_SITE_FULL]   = site_full,
    [OFFER_LAST_ONE]    = last_one,
    [OFFER_AT_ONCE]     = at_once,
    [OFFER_BYTES]       = bytes_hour,
};
/* clang-format on */

/* At most `most` of what stands in the way. */
static void walk(const struct question *q, size_t most, struct offer_trace *out)
{
    out->count = 0;
    for (int why = 0; why < OFFER_WHY__MAX && out->count < most; why++) {
        struct obstacle obstacle = {.why = (enum offer_why)why};

        if (predicates[why] && predicates[why](q, &obstacle))
            out->at[out->count++] = obstacle;
    }
}

void offer_explain(const struct offer_facts *facts, const struct planned *plan, const struct action *turn,
                   struct offer_trace *out)
{
    walk(&(struct question){facts, plan, turn}, OFFER_WHY__MAX, out);
}

enum offer_why offer_weigh(const struct offer_facts *facts, const struct planned *plan,
                           const struct action *turn)
{
    struct offer_trace trace;

    walk(&(struct question){facts, plan, turn}, 1, &trace);
    return trace.count ? trace.at[0].why : OFFER_YES;
}

/* Neither time nor the device ends these. What is held, waits for its turn or for a stepping stone may be offered
 * yet; what was not approved is nobody's to wait for, as who comes later. */
static bool is_for_good(enum offer_why why)
{
    switch (why) {
    case OFFER_NOT_ACTIVE:
    case OFFER_UP_TO_DATE:
    case OFFER_HAD_TURN:
    case OFFER_NOT_OUT:
    case OFFER_SUPERSEDED:
    case OFFER_GOES_BACK:
    case OFFER_ONE_PART:
    case OFFER_FETCH_ONLY:
    case OFFER_OVER:
    case OFFER_NO_PLACE:
        return true;
    default:
        return false;
    }
}

enum offer_why offer_never(const struct offer_facts *facts, const struct planned *plan)
{
    struct offer_trace trace;

    offer_explain(facts, plan, NULL, &trace);
    for (size_t i = 0; i < trace.count; i++)
        if (is_for_good(trace.at[i].why))
            return trace.at[i].why;
    return OFFER_YES;
}
