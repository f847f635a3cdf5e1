/* What the devices have become, added up: by night, by stage, by reason. */
#include "domain/rehearsal.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define HOUR_SLOTS (HOUR_MS / REHEARSAL_SLOT_MS)

struct sum {
    const struct rehearsal_facts *facts;
    struct rehearsal *out;
    int64_t last_slot;
    int64_t *hours; /* bytes, by hour since from_ms */
    int64_t hour_count;
};

static int64_t time_of(const struct sum *s, int64_t slot)
{
    return s->facts->from_ms + slot * REHEARSAL_SLOT_MS;
}

static struct rehearsal_night *night_of(const struct sum *s, int64_t at_ms)
{
    int64_t no = (at_ms - s->out->nights[0].from_ms) / DAY_MS;
    int64_t most = (int64_t)s->out->night_count - 1;

    return &s->out->nights[no < 0 ? 0 : no > most ? most : no];
}

/* From noon to noon: what begins in an evening and ends in a morning is one night, in Europe at least. */
static void nights_make(struct arena *arena, struct sum *s)
{
    const struct rehearsal_facts *f = s->facts;
    int64_t noon_ms = f->from_ms - (f->from_ms - DAY_MS / 2) % DAY_MS;
    int64_t last_ms = time_of(s, s->last_slot);

    s->out->night_count = (size_t)((last_ms - noon_ms) / DAY_MS + 1);
    s->out->nights = ARENA_MANY(arena, struct rehearsal_night, s->out->night_count);
    for (size_t i = 0; i < s->out->night_count; i++)
        s->out->nights[i].from_ms = noon_ms + (int64_t)i * DAY_MS;
    s->hour_count = f->nights * 24 + 1;
    s->hours = ARENA_MANY(arena, int64_t, s->hour_count);
}

static bool is_past(const struct sum *s, uint16_t slot)
{
    return slot != REHEARSAL_NONE && slot <= s->last_slot;
}

static bool never_fits(uint8_t why)
{
    return why != OFFER_YES && why != OFFER_STAGE_SHUT && why != REHEARSAL_HALTED && why != REHEARSAL_LATER;
}

static void count_left(const struct sum *s, const struct rehearsal_device *d, uint8_t why)
{
    struct rehearsal_left *left = &s->out->left[why];

    left->devices++;
    if (left->named_count < REHEARSAL_EXAMPLES)
        left->named[left->named_count++] = d->id;
    if (!never_fits(why) || s->out->never_count == REHEARSAL_NAMED)
        return;
    s->out->never[s->out->never_count] = d->id;
    s->out->never_why[s->out->never_count++] = why;
}

static void count_end(const struct sum *s, const struct rehearsal_device *d)
{
    struct rehearsal_night *night = night_of(s, time_of(s, d->ends));
    struct rehearsal_stage *stage = &s->out->stages[d->stage];
    bool is_well = d->fate == REHEARSAL_WELL;

    stage->installed += is_well;
    stage->failed += !is_well;
    night->installed += is_well;
    night->failed += !is_well;
    s->out->installed += is_well;
    s->out->failed += !is_well;
}

static bool ends_in_time(const struct sum *s, const struct rehearsal_device *d)
{
    const struct rehearsal_place *place = &s->facts->places[d->place];
    int64_t begins_ms = time_of(s, d->begins), ends_ms = time_of(s, d->ends);

    for (size_t i = 0; i < place->count; i++)
        if (place->spans[i].closes_ms > begins_ms)
            return ends_ms <= place->spans[i].closes_ms + REHEARSAL_SLOT_MS;
    return true;
}

/* After a halt some still end: those that had begun. */
static bool is_over(const struct sum *s, const struct rehearsal_device *d)
{
    return d->fate != REHEARSAL_WAITS &&
           (is_past(s, d->ends) || (s->out->halt_ms && d->ends != REHEARSAL_NONE));
}

static void count(const struct sum *s, const struct rehearsal_device *d)
{
    if (is_past(s, d->offered)) {
        night_of(s, time_of(s, d->offered))->offered++;
        s->out->offered++;
    }
    if (d->fetched != REHEARSAL_NONE && (is_past(s, d->fetched) || s->out->halt_ms)) {
        int64_t hour = d->fetched / HOUR_SLOTS;

        night_of(s, time_of(s, d->fetched))->bytes += d->bytes;
        s->hours[hour < s->hour_count ? hour : s->hour_count - 1] += d->bytes;
    }
    if (d->begins != REHEARSAL_NONE && (is_past(s, d->begins) || s->out->halt_ms)) {
        night_of(s, time_of(s, d->begins))->begun++;
        s->out->stages[d->stage].begun++;
    }
    if (is_over(s, d)) {
        count_end(s, d);
        s->out->overran += !ends_in_time(s, d);
        return;
    }
    count_left(s, d, d->why == OFFER_YES ? REHEARSAL_LATER : d->why);
}

static void busiest(const struct sum *s)
{
    for (int64_t hour = 0; hour < s->hour_count; hour++) {
        struct rehearsal_night *night = night_of(s, s->facts->from_ms + hour * HOUR_MS);

        if (s->hours[hour] <= night->busiest_bytes)
            continue;
        night->busiest_bytes = s->hours[hour];
        night->busiest_ms = s->facts->from_ms + hour * HOUR_MS;
    }
}

void rehearsal_sum(struct arena *arena, const struct rehearsal_facts *facts, int64_t last_slot,
                   struct rehearsal *out)
{
    struct sum s = {.facts = facts, .out = out, .last_slot = last_slot};

    nights_make(arena, &s);
    for (size_t i = 0; i < facts->count; i++)
        count(&s, &facts->devices[i]);
    for (size_t i = 0; i < facts->stage_count; i++)
        out->planned += out->stages[i].planned;
    busiest(&s);
}
