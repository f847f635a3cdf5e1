#include "domain/opening.h"

#define MINUTE_MS 60000LL

struct stretch { /* [from, to) */
    int64_t from_ms, to_ms;
};

/* The next stretch of the window that is not over at `at`, as it is; any time is one stretch without ends. */
static bool next_stretch(const struct opening_wish *wish, int64_t at_ms, struct stretch *out, bool *found,
                         struct err *err)
{
    *out = (struct stretch){0, INT64_MAX};
    *found = true;
    if (!wish->window)
        return true;
    if (!window_find(wish->window, wish->clear, wish->zone, at_ms, &out->from_ms, &out->to_ms, err))
        return false;
    *found = out->from_ms != WINDOW_NEVER;
    return true;
}

static struct stretch clipped(const struct opening_wish *wish, struct stretch s)
{
    if (s.from_ms < wish->earliest_ms)
        s.from_ms = wish->earliest_ms;
    if (wish->latest_ms && s.to_ms > wish->latest_ms)
        s.to_ms = wish->latest_ms;
    return s;
}

/* One stretch laid beside the wish; true: it holds the install. */
static bool weigh(const struct opening_wish *wish, struct stretch s, int64_t now_ms, struct opening *o)
{
    int64_t needs_ms = wish->needs_min * MINUTE_MS, length_min = (s.to_ms - s.from_ms) / MINUTE_MS;
    bool is_inside = now_ms >= s.from_ms;
    bool holds = s.to_ms - s.from_ms >= needs_ms && s.to_ms - now_ms >= needs_ms;

    o->longest_min = length_min > o->longest_min ? length_min : o->longest_min;
    if (holds || (!is_inside && !o->opens_ms)) {
        o->opens_ms = s.from_ms;
        o->closes_ms = s.to_ms == INT64_MAX ? 0 : s.to_ms;
    }
    o->is_open = holds && is_inside;
    if (!holds && is_inside) {
        o->is_ending = true;
        o->left_min = (s.to_ms - now_ms) / MINUTE_MS;
    }
    return holds;
}

bool opening_find(const struct opening_wish *wish, int64_t now_ms, struct opening *out, struct err *err)
{
    int64_t at_ms = now_ms > wish->earliest_ms ? now_ms : wish->earliest_ms;
    struct opening o = {.is_never = true};

    for (int i = 0; i < OPENINGS_LOOKED_AT && o.is_never; i++) {
        struct stretch whole, s;
        bool found;

        if (!next_stretch(wish, at_ms, &whole, &found, err))
            return false;
        s = clipped(wish, whole);
        if (!found || (wish->latest_ms && (s.from_ms >= wish->latest_ms || now_ms >= wish->latest_ms)))
            break;
        o.is_never = !weigh(wish, s, now_ms, &o);
        if (!wish->window)
            break;
        at_ms = whole.to_ms;
    }
    *out = o;
    return true;
}
