#include "tools/fleet/population.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

static const char *const zones[] = {
    "Europe/Rome",    "America/New_York", "America/Phoenix",  "America/Sao_Paulo",   "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo",       "Australia/Sydney", "Australia/Lord_Howe", "Europe/London",
};
const struct names population_zones = {zones, COUNT(zones)};

static const char *const components[] = {"system",  "panel", "hddata", "engine",
                                         "scanner", "pfc",   "fax",    "finisher"};
const struct names population_components = {components, COUNT(components)};

#define FIRST_ZONE_PERCENT 60
#define BUSY_MOST_MIN 90

uint64_t machine_choice(const struct machine_facts *facts, const char *word, uint64_t below)
{
    return hash_rank(span_make(&facts->salt, sizeof(facts->salt)), span_of(word)) % below;
}

static bool is_hit(const struct machine_facts *facts, const char *word, int64_t percent)
{
    return (int64_t)machine_choice(facts, word, 10000) < percent * 100;
}

static const char *pick(const struct machine_facts *facts, const char *word, const struct names *names)
{
    return names->count ? names->at[machine_choice(facts, word, names->count)] : "";
}

static const char *zone_pick(const struct machine_facts *facts, const struct names *zones_)
{
    struct names others = {zones_->at + 1, zones_->count - 1};

    if (zones_->count < 2 || is_hit(facts, "zone is first", FIRST_ZONE_PERCENT))
        return zones_->count ? zones_->at[0] : "";
    return pick(facts, "zone", &others);
}

static const char *serial_make(struct arena *arena, const struct machine_facts *facts)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t value = machine_choice(facts, "serial", UINT64_MAX);
    char text[11] = "";

    for (size_t i = 0; i < sizeof(text) - 1; i++, value /= 32)
        text[i] = digits[value % 32];
    return arena_dup(arena, text);
}

static void cuts_make(struct machine_facts *facts, int64_t percent)
{
    int64_t first = 50 + (int64_t)machine_choice(facts, "cut at", 800);

    if (!is_hit(facts, "cut", percent))
        return;
    facts->cuts = 1 + (size_t)machine_choice(facts, "cuts", MACHINE_CUTS_MAX);
    facts->cut_permille[0] = first;
    facts->cut_permille[1] = first + (int64_t)machine_choice(facts, "cut again at", (uint64_t)(990 - first));
}

static int64_t busy_pick(const struct machine_facts *facts, const struct population *population)
{
    int64_t most_min = population->busy_most_min ? population->busy_most_min : BUSY_MOST_MIN;

    if (!is_hit(facts, "busy", population->busy_percent))
        return 0;
    return 1 + (int64_t)machine_choice(facts, "busy for", (uint64_t)most_min * 60000);
}

void population_make(struct arena *arena, const struct population *population, size_t number,
                     struct machine_facts *out)
{
    char place[64];
    struct machine_facts facts = {.cuts = 0};

    snprintf(place, sizeof(place), "%zu", number);
    facts.salt = hash_rank(span_make(&population->seed, sizeof(population->seed)), span_of(place));
    facts.id = arena_printf(arena, "mfp-%" PRId64 "-%05zu", population->seed, number + 1);
    facts.serial = serial_make(arena, &facts);
    facts.family = pick(&facts, "family", &population->families);
    facts.model = pick(&facts, "model", &population->models);
    facts.zone = zone_pick(&facts, &population->zones);
    facts.choice = pick(&facts, "option", &population->choices);
    facts.fails = population->bad_choice ? text_equal(facts.choice, population->bad_choice)
                                         : is_hit(&facts, "fails", population->fail_percent);
    facts.is_slow = is_hit(&facts, "slow", population->slow_percent);
    facts.busy_ms = busy_pick(&facts, population);
    if (is_hit(&facts, "power cut", population->power_cut_percent)) {
        facts.is_power_cut_flashing = machine_choice(&facts, "power cut where", 2) == 0;
        facts.is_power_cut_loading = !facts.is_power_cut_flashing;
    }
    cuts_make(&facts, population->cut_percent);
    *out = facts;
}
