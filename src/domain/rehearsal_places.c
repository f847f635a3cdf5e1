#include "domain/rehearsal_places.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/calendar.h"
#include "domain/device.h"
#include "domain/rehearsal_place.h"
#include "domain/schedule.h"

/* Texts -> numbers, open addressing; at most half full. */
struct names {
    struct named {
        const char *text;
        size_t size;
        uint32_t no;
    } * at;
    size_t room, count;
};

#define NAMES_MOST 1024 /* of a site and its customer, bytes */

struct rehearsal_places {
    struct world *world;
    struct arena *arena;
    const struct compiled *compiled;
    const struct hold *holds[REHEARSAL_HOLDS_MAX];
    const struct texts *sites[REHEARSAL_HOLDS_MAX];
    size_t hold_count;
    int64_t left_out, now_ms, from_ms, until_ms;
    struct action_rules rules;
    struct rollout_terms terms;
    struct names by_name;  /* site, customer, quiet hours, holds -> place */
    struct names by_hours; /* window, zone, closures, holds -> place */
    struct rehearsal_place *all;
    size_t count, room;
};

/* ---- texts to numbers --------------------------------------------------------------------- */

static uint64_t hash(struct span text)
{
    uint64_t h = 14695981039346656037ULL; /* FNV-1a, and its bits stirred */

    for (size_t i = 0; i < text.size; i++)
        h = (h ^ (uint8_t)text.at[i]) * 1099511628211ULL;
    return (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9ULL;
}

static struct named *seat(const struct names *names, struct span text)
{
    size_t i = (size_t)(hash(text) >> 20) & (names->room - 1);

    while (names->at[i].text &&
           (names->at[i].size != text.size || memcmp(names->at[i].text, text.at, text.size)))
        i = (i + 1) & (names->room - 1);
    return &names->at[i];
}

static void grow(struct names *names, struct arena *arena)
{
    struct names more = {.room = names->room ? names->room * 2 : 1024, .count = names->count};

    more.at = ARENA_MANY(arena, struct named, more.room);
    for (size_t i = 0; i < names->room; i++)
        if (names->at[i].text)
            *seat(&more, span_make(names->at[i].text, names->at[i].size)) = names->at[i];
    *names = more;
}

/* The place for `text`; ->text NULL: it is new, and the caller fills `no`. */
static struct named *name_find(struct names *names, struct arena *arena, struct span text)
{
    struct named *found;

    if (names->count * 2 >= names->room)
        grow(names, arena);
    found = seat(names, text);
    return found;
}

static void name_keep(struct names *names, struct arena *arena, struct named *at, struct span text,
                      uint32_t no)
{
    *at = (struct named){arena_text(arena, text), text.size, no};
    names->count++;
}

/* ---- making one ------------------------------------------------------------------------------ */

static int by_begin(const void *a, const void *b)
{
    int64_t x = ((const struct rehearsal_span *)a)->opens_ms,
            y = ((const struct rehearsal_span *)b)->opens_ms;

    return (x > y) - (x < y);
}

static bool is_covered(const struct rehearsal_places *p, size_t no, const struct device *device)
{
    return hold_covers(p->holds[no], p->sites[no], device, &p->compiled->release);
}

static struct rehearsal_span *holds_of(struct rehearsal_places *p, const struct device *device, size_t *count)
{
    struct rehearsal_span *spans = ARENA_MANY(p->arena, struct rehearsal_span, p->hold_count + 1);

    *count = 0;
    for (size_t i = 0; i < p->hold_count; i++)
        if (is_covered(p, i, device))
            spans[(*count)++] = (struct rehearsal_span){
                p->holds[i]->from_ms, p->holds[i]->until_ms ? p->holds[i]->until_ms : INT64_MAX / 2};
    if (*count)
        qsort(spans, *count, sizeof(*spans), by_begin);
    return spans;
}

static void add_days(struct buf *key, const int64_t *days, size_t count)
{
    buf_printf(key, "|%zu:", count);
    buf_add(key, span_make((const char *)days, count * sizeof(*days)));
}

/* All that decides its hours, as bytes: places that agree in it are one. */
static struct span hours_key(struct arena *arena, const struct rehearsal_hours *h)
{
    static const struct window none = {.start_min = -1};
    const struct window *w = h->window ? h->window : &none;
    struct buf key = {.arena = arena};

    buf_printf(&key, "%lld|%lld|%lld|%lld|%lld|%lld|%s|%s|%s|%s", (long long)w->start_min,
               (long long)w->end_min, (long long)w->days, (long long)w->duration_min, (long long)w->from_day,
               (long long)w->until_day, w->zone ? w->zone : "", w->rule ? w->rule : "",
               w->exdates ? w->exdates : "", h->window || h->download ? h->zone : "");
    add_days(&key, h->clear->holidays, h->window ? h->clear->holiday_count : 0);
    add_days(&key, (const int64_t *)h->clear->blackouts, h->clear->blackout_count * 2);
    add_days(&key, (const int64_t *)h->holds, h->hold_count * 2);
    return buf_span(&key);
}

static bool place_add(struct rehearsal_places *p, const struct rehearsal_hours *hours, struct span key,
                      uint32_t *out, struct err *err)
{
    struct named *at = name_find(&p->by_hours, p->arena, key);

    if (at->text) {
        *out = at->no;
        return true;
    }
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 64;
        struct rehearsal_place *more = ARENA_MANY(p->arena, struct rehearsal_place, room);

        if (p->count)
            memcpy(more, p->all, p->count * sizeof(*more));
        p->all = more;
        p->room = room;
    }
    if (!rehearsal_place_make(p->arena, hours, &p->all[p->count], err))
        return false;
    *out = (uint32_t)p->count++;
    name_keep(&p->by_hours, p->arena, at, key, *out);
    return true;
}

/* The hours as schedule_of finds them for an action of this rollout. */
static bool place_make(struct rehearsal_places *p, const struct device *device, const struct window *quiet,
                       uint32_t *out, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct rehearsal_hours hours = {.from_ms = p->from_ms, .until_ms = p->until_ms};
    struct closures clear = {0};
    struct window of_tenant;
    enum schedule_by by;
    struct site site = {0};

    if (!p->rules.is_urgent) {
        if (!device_place(p->world, scratch, device, &site, err) ||
            !closures_load(p->world, scratch, device, &site, p->now_ms, &clear, err) ||
            !schedule_tenant_window(p->world, scratch, device->tenant_id, &of_tenant, err))
            return false;
        hours.window = quiet ? quiet : schedule_window(&p->rules, &site, &of_tenant, &clear, &by);
        hours.zone = site.window.zone;
        hours.download = p->terms.download.start_min >= 0 ? &p->terms.download : NULL;
    }
    hours.clear = &clear;
    hours.holds = holds_of(p, device, &hours.hold_count);
    return place_add(p, &hours, hours_key(scratch, &hours), out, err);
}

/* ---- finding it ---------------------------------------------------------------------------------- */

struct rehearsal_places *rehearsal_places_new(struct world *world, struct arena *arena,
                                              const struct compiled *compiled, const struct holds *holds,
                                              const struct action_rules *rules, int64_t now_ms,
                                              int64_t from_ms, int64_t until_ms)
{
    struct rehearsal_places *p = ARENA_NEW(arena, struct rehearsal_places);

    *p = (struct rehearsal_places){.world = world,
                                   .arena = arena,
                                   .compiled = compiled,
                                   .rules = *rules,
                                   .terms = compiled->terms,
                                   .now_ms = now_ms,
                                   .from_ms = from_ms,
                                   .until_ms = until_ms};
    for (size_t i = 0; i < holds->count; i++) {
        const struct hold *hold = &holds->all[i].hold;

        if (hold->until_ms && hold->until_ms <= from_ms)
            continue;
        if (p->hold_count == REHEARSAL_HOLDS_MAX) {
            p->left_out++;
            continue;
        }
        p->sites[p->hold_count] = &holds->all[i].sites;
        p->holds[p->hold_count++] = hold;
    }
    return p;
}

/* All that its place depends on, of a device that has a site. */
static bool key_of(const struct rehearsal_places *p, const struct device *device, const struct window *quiet,
                   struct buf *key, struct err *err)
{
    if (strlen(device->site) + strlen(device->customer) > NAMES_MOST)
        return FAIL(err, ERR_INVALID, "device %s has too long a site or customer", device->controller_id);
    buf_printf(key, "%s\n%s\n%lld\n", device->site, device->customer,
               quiet ? (long long)quiet->start_min : -1LL);
    for (size_t i = 0; i < p->hold_count; i++)
        buf_char(key, is_covered(p, i, device) ? '1' : '0');
    return true;
}

static bool find(struct rehearsal_places *p, const struct device *device, const struct window *quiet,
                 struct arena *scratch, uint32_t *out, struct err *err)
{
    struct buf key = {.arena = scratch};
    struct named *at;

    if (text_blank(
            device->site)) /* its zone is among its attributes: every such device is looked at by itself */
        return place_make(p, device, quiet, out, err);
    if (!key_of(p, device, quiet, &key, err))
        return false;
    at = name_find(&p->by_name, p->arena, buf_span(&key));
    if (at->text) {
        *out = at->no;
        return true;
    }
    if (!place_make(p, device, quiet, out, err))
        return false;
    name_keep(&p->by_name, p->arena, at, buf_span(&key), *out);
    return true;
}

bool rehearsal_places_find(struct rehearsal_places *p, struct arena *scratch, const struct device *device,
                           uint32_t *out, struct err *err)
{
    bool is_quiet = p->terms.quiet_min && !p->rules.is_urgent, is_by_use;
    struct window quiet;

    if (is_quiet && !schedule_quiet(p->world, scratch, device, &p->terms, &quiet, &is_by_use, err))
        return false;
    return find(p, device, is_quiet ? &quiet : NULL, scratch, out, err);
}

const struct rehearsal_place *rehearsal_places_all(const struct rehearsal_places *p, size_t *count)
{
    *count = p->count;
    return p->all;
}

int64_t rehearsal_places_left_out(const struct rehearsal_places *p)
{
    return p->left_out;
}
