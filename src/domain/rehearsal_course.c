/* One device on the virtual clock: when it is offered the release, fetches it, begins, and how it ends. */
#include "domain/rehearsal.h"

/* clang-format off */
static const struct {
    const char *name, *text;
} words[REHEARSAL_WHY__MAX - OFFER_WHY__MAX] = {
    [REHEARSAL_UNSEEN - OFFER_WHY__MAX]      = { "not-seen", "it was not heard of for longer than the deadline" },
    [REHEARSAL_NEVER_OPENS - OFFER_WHY__MAX] = { "window-never-opens", "it has no hours in these nights" },
    [REHEARSAL_TOO_SHORT - OFFER_WHY__MAX]   = { "window-too-short", "none of its windows is as long as the install takes" },
    [REHEARSAL_HALTED - OFFER_WHY__MAX]      = { "halted", "the rollout was halted before its hours came" },
    [REHEARSAL_LATER - OFFER_WHY__MAX]       = { "later", "its hours come after these nights" },
};
/* clang-format on */

const char *rehearsal_why_name(enum rehearsal_why why)
{
    return (int)why < OFFER_WHY__MAX ? offer_why_name[why] : words[why - OFFER_WHY__MAX].name;
}

const char *rehearsal_why_text(enum rehearsal_why why)
{
    return (int)why < OFFER_WHY__MAX ? offer_why_text[why] : words[why - OFFER_WHY__MAX].text;
}

enum { DRAW_POLL = 1, DRAW_ARRIVAL, DRAW_TOOK, DRAW_FATE };

#define ARRIVALS_MS 300000 /* after a window opens, in which those that wait for it come (checkin.c) */

double rehearsal_draw(uint64_t seed, int64_t id, uint64_t what)
{
    uint64_t x = seed + (uint64_t)id * 0x9e3779b97f4a7c15ULL + what * 0xd1b54a32d192ed03ULL;

    /* The finaliser of splitmix64: every bit of the sum reaches every bit of the draw. */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return (double)(x >> 11) * 0x1.0p-53;
}

static uint16_t slot_of(const struct rehearsal_facts *f, int64_t at_ms)
{
    int64_t slot = (at_ms - f->from_ms + REHEARSAL_SLOT_MS - 1) / REHEARSAL_SLOT_MS;

    return slot < 0 ? 0 : slot >= REHEARSAL_NONE ? REHEARSAL_NONE : (uint16_t)slot;
}

/* The first instant from at_ms on at which no hold keeps the place. */
static int64_t unheld(const struct rehearsal_place *place, int64_t at_ms)
{
    for (size_t i = 0; i < place->hold_count; i++)
        if (at_ms >= place->holds[i].opens_ms && at_ms < place->holds[i].closes_ms)
            at_ms = place->holds[i].closes_ms;
    return at_ms;
}

/* The first instant from at_ms on at which it may be fetched; -1: none in these nights. */
static int64_t fetchable(const struct rehearsal_place *place, int64_t at_ms)
{
    if (!place->has_downloads)
        return at_ms;
    for (size_t i = 0; i < place->download_count; i++)
        if (at_ms < place->downloads[i].closes_ms)
            return at_ms > place->downloads[i].opens_ms ? at_ms : place->downloads[i].opens_ms;
    return -1;
}

/* The span in which it begins when it is ready at ready_ms, and when; NULL: none. */
static const struct rehearsal_span *span_for(const struct rehearsal_facts *f,
                                             const struct rehearsal_place *place, int64_t ready_ms,
                                             int64_t arrival_ms, int64_t *begins_ms)
{
    for (size_t i = 0; i < place->count; i++) {
        const struct rehearsal_span *s = &place->spans[i];
        int64_t arrives_ms = s->opens_ms + arrival_ms;
        int64_t at_ms = ready_ms > arrives_ms ? ready_ms : arrives_ms;

        /* One that is as long as the work takes is not missed for arriving in its first minutes. */
        at_ms = at_ms == arrives_ms && arrives_ms + f->need_ms > s->closes_ms ? s->opens_ms : at_ms;
        if (at_ms + f->need_ms > s->closes_ms)
            continue;
        *begins_ms = at_ms;
        return s;
    }
    return NULL;
}

static bool any_is_long_enough(const struct rehearsal_facts *f, const struct rehearsal_place *place)
{
    for (size_t i = 0; i < place->count; i++)
        if (place->spans[i].closes_ms - place->spans[i].opens_ms >= f->need_ms)
            return true;
    return false;
}

static enum rehearsal_why why_no_span(const struct rehearsal_facts *f, const struct rehearsal_place *place,
                                      bool can_fetch)
{
    if (!can_fetch && place->download_count == 0)
        return REHEARSAL_NEVER_OPENS;
    if (place->count == 0)
        return place->hold_count ? (enum rehearsal_why)OFFER_HELD : REHEARSAL_NEVER_OPENS;
    return any_is_long_enough(f, place) ? REHEARSAL_LATER : REHEARSAL_TOO_SHORT;
}

static void end(const struct rehearsal_facts *f, struct rehearsal_device *d, int64_t begins_ms)
{
    double took = rehearsal_draw(f->seed, d->id, DRAW_TOOK) * (double)f->took_count;

    d->begins = slot_of(f, begins_ms);
    d->ends = slot_of(f, begins_ms + f->took_ms[(size_t)took]);
    d->fate = rehearsal_draw(f->seed, d->id, DRAW_FATE) < f->fail_share ? REHEARSAL_BADLY : REHEARSAL_WELL;
}

/* Who has no hours, or waits for them past the deadline, counts as nothing: its clock stands still. */
void rehearsal_course(const struct rehearsal_facts *f, struct rehearsal_device *d, int64_t slot)
{
    const struct rehearsal_place *place = &f->places[d->place];
    int64_t open_ms = f->from_ms + slot * REHEARSAL_SLOT_MS, begins_ms = 0;
    int64_t poll_ms = (int64_t)(rehearsal_draw(f->seed, d->id, DRAW_POLL) * (double)f->poll_ms);
    int64_t arrival_ms = (int64_t)(rehearsal_draw(f->seed, d->id, DRAW_ARRIVAL) * ARRIVALS_MS);
    /* A budget lets go of one after the other: then they are asked in turn, not as they poll. */
    int64_t offered_ms = unheld(place, open_ms + (f->at_once || f->bytes_hour ? 0 : poll_ms));
    const struct rehearsal_span *span = NULL;
    int64_t fetched_ms;
    bool can_fetch;

    d->offered = d->fetched = d->begins = d->ends = REHEARSAL_NONE;
    d->why = OFFER_HELD;
    if (offered_ms >= f->from_ms + f->nights * 86400000)
        return;
    d->offered = slot_of(f, offered_ms);
    fetched_ms = fetchable(place, offered_ms);
    can_fetch = d->fetches != REHEARSAL_FETCHES || fetched_ms >= 0;
    if (can_fetch)
        span = span_for(f, place,
                        (d->fetches == REHEARSAL_FETCHES ? fetched_ms : offered_ms) + REHEARSAL_SLOT_MS,
                        arrival_ms, &begins_ms);
    d->why = span ? OFFER_YES : (uint8_t)why_no_span(f, place, can_fetch);
    if (span)
        end(f, d, begins_ms);
    d->fetched = fetched_ms < 0 || d->fetches == REHEARSAL_FETCHES_THEN ? d->begins : slot_of(f, fetched_ms);
    if (d->fetches == REHEARSAL_FETCHES_BY_HOURS && d->begins < d->fetched)
        d->fetched = d->begins;
}
