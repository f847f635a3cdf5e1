#include "domain/awaited.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mutant.h"
#include "domain/beside.h"
#include "domain/limits.h"
#include "domain/steps.h"
#include "store/releases.h"
#include "store/rollouts.h"

#define FORGOTTEN_MS 3600000 /* a walk that nobody went on with for so long may make room */

struct round {
    int64_t rollout_id;
    int64_t mark;  /* of what gives devices back when it changes */
    int64_t after; /* the walk goes on behind this device */
    bool is_whole; /* it began with the first and met nobody */
    int64_t never[OFFER_WHY__MAX];
    int64_t used_ms, rest_ms;
};

struct rounds {
    struct round *all;
    size_t count;
};

struct rounds *rounds_new(void)
{
    struct rounds *rounds = calloc(1, sizeof(*rounds));

    if (!rounds)
        abort();
    return rounds;
}

void rounds_freep(struct rounds **rounds)
{
    if (*rounds)
        free((*rounds)->all);
    free(*rounds);
    *rounds = NULL;
}

static void begin(struct round *round)
{
    *round = (struct round){
        .rollout_id = round->rollout_id, .mark = round->mark, .is_whole = true, .used_ms = round->used_ms};
}

static bool is_stale(const struct round *round, int64_t now_ms)
{
    return now_ms < round->used_ms || now_ms - round->used_ms > FORGOTTEN_MS;
}

/* Good until the next call. */
static struct round *round_of(struct rounds *rounds, int64_t rollout_id, int64_t now_ms)
{
    struct round *free_one = NULL;

    for (size_t i = 0; i < rounds->count; i++) {
        if (rounds->all[i].rollout_id == rollout_id && !is_stale(&rounds->all[i], now_ms))
            return &rounds->all[i];
        if (is_stale(&rounds->all[i], now_ms))
            free_one = &rounds->all[i];
    }
    if (!free_one) {
        rounds->all = realloc(rounds->all, sizeof(*rounds->all) * (rounds->count + 1));
        if (!rounds->all)
            abort();
        free_one = &rounds->all[rounds->count++];
    }
    *free_one = (struct round){.rollout_id = rollout_id, .is_whole = true};
    return free_one;
}

const char *awaited_text(struct arena *arena, const int64_t never[OFFER_WHY__MAX])
{
    struct buf b = {.arena = arena};
    const char *between = ": ";

    buf_printf(&b, "nobody is left whom it could be offered to");
    for (int why = 0; why < OFFER_WHY__MAX; why++)
        if (never[why] > 0) {
            buf_printf(&b, "%s%s (%" PRId64 ")", between, offer_why_text[why], never[why]);
            between = "; ";
        }
    return buf_cstr(&b);
}

/* ---- one device -------------------------------------------------------------------------------- */

struct walk {
    struct world *world;
    struct arena *scratch; /* for one device */
    const struct rollout *rollout;
    const struct plan_view *view;
    const char *family;
    int64_t now_ms;
};

/* Hours are looked at only for whom nothing else stands in the way for good. */
static bool ask(const struct walk *w, int64_t device_id, bool *is_for, enum offer_why *never, struct err *err)
{
    struct beside one;

    if (!beside_read(w->world, w->scratch, w->view, device_id, w->now_ms, &one, is_for, err))
        return false;
    if (!*is_for)
        return true;
    steps_narrow(w->scratch, &one.facts, &one.plan);
    *never = offer_never(&one.facts, &one.plan);
    if (*never != OFFER_YES || !limits_are_asked(&one.plan))
        return true;
    if (!limits_load(w->world, w->scratch, &one.facts, &one.plan, err))
        return false;
    *never = offer_never(&one.facts, &one.plan);
    return true;
}

/* ---- a piece of the walk ------------------------------------------------------------------------- */

/* The next look begins with this one. */
static void found(struct round *round, int64_t device_id, int64_t now_ms)
{
    begin(round);
    round->after = device_id - 1;
    round->is_whole = false;
    round->rest_ms = now_ms + AWAITED_REST_MS;
}

enum piece { PIECE_MORE, PIECE_SOMEBODY, PIECE_END };

static bool piece(const struct walk *w, struct arena *arena, struct round *round, enum piece *out,
                  struct err *err)
{
    struct family_member *members;
    size_t count;

    if (!store_family_acted(w->world->store, arena, w->rollout, round->after, w->family, AWAITED_PIECE,
                            &members, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        enum offer_why never = OFFER_YES;
        bool is_for = false;

        arena_reset(w->scratch);
        if (!members[i].has_acted && !ask(w, members[i].id, &is_for, &never, err))
            return false;
        if (is_for && never == OFFER_YES && !MUTANT_IS(14)) {
            found(round, members[i].id, w->now_ms);
            *out = PIECE_SOMEBODY;
            return true;
        }
        round->never[never] += is_for;
        round->after = members[i].id;
    }
    *out = count < AWAITED_PIECE ? PIECE_END : PIECE_MORE;
    return true;
}

/* Behind the one who waited the walk first goes on to the last, then once from the first. */
static bool walk(const struct walk *w, struct arena *arena, struct round *round, bool *is_nobody,
                 struct err *err)
{
    enum piece end = PIECE_END;

    for (int i = 0; i < 2 && end == PIECE_END && !*is_nobody; i++) {
        if (!piece(w, arena, round, &end, err))
            return false;
        *is_nobody = end == PIECE_END && round->is_whole;
        if (end == PIECE_END && !*is_nobody)
            begin(round);
    }
    return true;
}

bool awaited_look(struct world *world, struct arena *arena, const struct rollout *rollout, int64_t now_ms,
                  struct awaited *out, struct err *err)
{
    AUTO(arena_freep) struct arena *own = arena_new();
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct round *round = round_of(plans_rounds(world->plans), rollout->id, now_ms);
    struct awaited a = {.text = ""};
    struct plan_view *view;
    struct release release;

    round->used_ms = now_ms;
    if (now_ms >= round->rest_ms) {
        if (!plan_view_open(world, own, rollout, &view, err) ||
            !store_release_get(world->store, own, rollout->tenant_id, rollout->release_id, &release, err))
            return false;
        const struct walk w = {world, scratch, rollout, view, release.family, now_ms};

        if (round->mark != plan_view_mark(view)) {
            round->mark = plan_view_mark(view);
            begin(round);
        }
        if (!walk(&w, own, round, &a.is_nobody, err))
            return false;
    }
    if (a.is_nobody) {
        a.text = awaited_text(arena, round->never);
        begin(round);
        round->rest_ms = now_ms + AWAITED_REST_MS;
    }
    *out = a;
    return true;
}
