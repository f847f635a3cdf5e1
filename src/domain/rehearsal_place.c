#include "domain/rehearsal_place.h"

#define SPANS_MAX 1024 /* of one place; a window opens once a day */

struct spans {
    struct rehearsal_span at[SPANS_MAX];
    size_t count;
};

/* What the holds leave of one window: pieces. */
static void keep(const struct rehearsal_hours *h, int64_t opens_ms, int64_t closes_ms, struct spans *out)
{
    for (size_t i = 0; i < h->hold_count && opens_ms < closes_ms; i++) {
        const struct rehearsal_span *hold = &h->holds[i];

        if (hold->closes_ms <= opens_ms || hold->opens_ms >= closes_ms)
            continue;
        if (hold->opens_ms > opens_ms && out->count < SPANS_MAX)
            out->at[out->count++] = (struct rehearsal_span){opens_ms, hold->opens_ms};
        opens_ms = hold->closes_ms;
    }
    if (opens_ms < closes_ms && out->count < SPANS_MAX)
        out->at[out->count++] = (struct rehearsal_span){opens_ms, closes_ms};
}

static bool find_all(const struct rehearsal_hours *h, struct spans *out, struct err *err)
{
    int64_t opens_ms, closes_ms, at_ms = h->from_ms;

    while (at_ms < h->until_ms && out->count < SPANS_MAX) {
        if (!window_find(h->window, h->clear, h->zone, at_ms, &opens_ms, &closes_ms, err))
            return false;
        if (opens_ms >= h->until_ms)
            break;
        keep(h, opens_ms > h->from_ms ? opens_ms : h->from_ms,
             closes_ms < h->until_ms ? closes_ms : h->until_ms, out);
        at_ms = closes_ms;
    }
    return true;
}

static bool make(struct arena *arena, const struct rehearsal_hours *hours, const struct rehearsal_span **out,
                 size_t *count, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct spans *spans = ARENA_NEW(scratch, struct spans);
    struct rehearsal_span *kept;

    if (!hours->window)
        keep(hours, hours->from_ms, hours->until_ms, spans);
    else if (!find_all(hours, spans, err))
        return false;
    kept = ARENA_MANY(arena, struct rehearsal_span, spans->count + 1);
    memcpy(kept, spans->at, spans->count * sizeof(*kept));
    *out = kept;
    *count = spans->count;
    return true;
}

bool rehearsal_place_make(struct arena *arena, const struct rehearsal_hours *hours,
                          struct rehearsal_place *out, struct err *err)
{
    const struct rehearsal_hours downloads = {.window = hours->download,
                                              .zone = hours->zone,
                                              .from_ms = hours->from_ms,
                                              .until_ms = hours->until_ms};
    struct rehearsal_place place = {
        .holds = hours->holds, .hold_count = hours->hold_count, .has_downloads = hours->download != NULL};

    if (!make(arena, hours, &place.spans, &place.count, err) ||
        (hours->download && !make(arena, &downloads, &place.downloads, &place.download_count, err)))
        return false;
    *out = place;
    return true;
}
