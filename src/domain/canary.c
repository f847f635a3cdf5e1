#include "domain/canary.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"

#define KEPT 8 /* of one model and mix: enough that sites can be told apart */
#define LATELY_MS (24 * 3600000LL)

struct cell { /* one model with one mix */
    int model, mix;
    struct canary_candidate kept[KEPT];
    size_t count;
};

struct names {
    const char **at;
    bool *is_covered;
    int count;
};

struct canary {
    struct arena *arena;
    struct cell *cells;
    size_t cell_count;
    struct names models, mixes;
    int64_t newest_ms;
    const char *sites[CANARY_MOST]; /* of the chosen */
    int64_t ranks[CANARY_MOST];
    size_t chosen;
};

static struct names names_new(struct arena *arena)
{
    return (struct names){.at = ARENA_MANY(arena, const char *, CANARY_CELLS),
                          .is_covered = ARENA_MANY(arena, bool, CANARY_CELLS)};
}

struct canary *canary_new(struct arena *arena)
{
    struct canary *c = ARENA_NEW(arena, struct canary);

    c->arena = arena;
    c->cells = ARENA_MANY(arena, struct cell, CANARY_CELLS);
    c->models = names_new(arena);
    c->mixes = names_new(arena);
    return c;
}

const char *canary_mix(struct arena *arena, const struct device_pair *attributes, size_t count)
{
    struct buf b = {.arena = arena};

    for (size_t i = 0; i < count; i++)
        if (text_starts(attributes[i].name, CANARY_OPTION))
            buf_printf(&b, "%s=%s;", attributes[i].name, attributes[i].value);
    return buf_cstr(&b);
}

/* ---- who is kept ------------------------------------------------------------------------ */

static int find(const struct names *names, const char *name)
{
    for (int i = 0; i < names->count; i++)
        if (text_equal(names->at[i], name))
            return i;
    return -1;
}

static int number_of(struct canary *c, struct names *names, const char *name)
{
    int no = find(names, name);

    if (no >= 0)
        return no;
    names->at[names->count] = arena_dup(c->arena, name);
    return names->count++;
}

/* NULL: there are more than are told apart, and others stand for it. */
static struct cell *cell_of(struct canary *c, const struct canary_candidate *candidate)
{
    int model = find(&c->models, candidate->model), mix = find(&c->mixes, candidate->mix);
    struct cell *cell;

    for (size_t i = 0; model >= 0 && mix >= 0 && i < c->cell_count; i++)
        if (c->cells[i].model == model && c->cells[i].mix == mix)
            return &c->cells[i];
    if (c->cell_count == CANARY_CELLS)
        return NULL;
    cell = &c->cells[c->cell_count++];
    cell->model = number_of(c, &c->models, candidate->model);
    cell->mix = number_of(c, &c->mixes, candidate->mix);
    return cell;
}

static bool is_better(const struct canary_candidate *a, const struct canary_candidate *b)
{
    int64_t fresher_ms = a->seen_ms - b->seen_ms;

    return fresher_ms > LATELY_MS || (fresher_ms >= -LATELY_MS && a->rank < b->rank);
}

/* Whose place it may take: the one of its site, a free one, or the worst. */
static struct canary_candidate *place_in(struct cell *cell, const struct canary_candidate *candidate)
{
    struct canary_candidate *worst = &cell->kept[0];

    for (size_t i = 0; i < cell->count; i++) {
        if (!text_blank(candidate->site) && text_equal(cell->kept[i].site, candidate->site))
            return &cell->kept[i];
        if (is_better(worst, &cell->kept[i]))
            worst = &cell->kept[i];
    }
    return cell->count < KEPT ? &cell->kept[cell->count] : worst;
}

void canary_look(struct canary *c, const struct canary_candidate *candidate)
{
    struct cell *cell = cell_of(c, candidate);
    struct canary_candidate *place;
    bool is_free;

    c->newest_ms = candidate->seen_ms > c->newest_ms ? candidate->seen_ms : c->newest_ms;
    if (!cell)
        return;
    place = place_in(cell, candidate);
    is_free = place == &cell->kept[cell->count];
    if (!is_free && !is_better(candidate, place))
        return;
    *place = *candidate;
    place->site = arena_dup(c->arena, candidate->site);
    place->model = place->mix = NULL; /* its cell knows */
    cell->count += is_free;
}

/* ---- who is chosen ------------------------------------------------------------------------ */

static bool is_taken(const struct canary *c, const char *site)
{
    for (size_t i = 0; i < c->chosen; i++)
        if (!text_blank(site) && text_equal(c->sites[i], site))
            return true;
    return false;
}

/* 0: it would show nothing new. */
static int worth(const struct canary *c, const struct cell *cell, const struct canary_candidate *candidate)
{
    int gain = !c->models.is_covered[cell->model] + !c->mixes.is_covered[cell->mix];

    if (gain == 0)
        return 0;
    return 4 * gain + 2 * (candidate->seen_ms > 0 && candidate->seen_ms >= c->newest_ms - LATELY_MS) +
           !is_taken(c, candidate->site);
}

static bool choose_one(struct canary *c)
{
    const struct canary_candidate *best = NULL;
    const struct cell *from = NULL;
    int most = 0;

    for (size_t i = 0; i < c->cell_count; i++)
        for (size_t k = 0; k < c->cells[i].count; k++) {
            const struct canary_candidate *candidate = &c->cells[i].kept[k];
            int is = worth(c, &c->cells[i], candidate);

            if (is > most || (is == most && best && candidate->rank < best->rank)) {
                most = is;
                best = candidate;
                from = &c->cells[i];
            }
        }
    if (!best)
        return false;
    c->models.is_covered[from->model] = c->mixes.is_covered[from->mix] = true;
    c->sites[c->chosen] = best->site;
    c->ranks[c->chosen++] = best->rank;
    return true;
}

static int by_rank(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

size_t canary_choose(struct canary *c, int64_t most, const int64_t **ranks)
{
    size_t limit = most > 0 && most < CANARY_MOST ? (size_t)most : CANARY_MOST;

    while (c->chosen < limit && choose_one(c))
        ;
    if (c->chosen)
        qsort(c->ranks, c->chosen, sizeof(*c->ranks), by_rank);
    *ranks = c->ranks;
    return c->chosen;
}
