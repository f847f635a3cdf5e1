#include "domain/cluster.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"

const char *const cluster_kind_name[CLUSTER_KIND__MAX] = {"attribute", "model", "component", "site"};

/* One fact of one device, to be sorted. */
struct holding {
    struct cluster_fact fact;
    bool is_failed;
};

static int by_fact(const void *a, const void *b)
{
    const struct cluster_fact *x = &((const struct holding *)a)->fact,
                              *y = &((const struct holding *)b)->fact;
    int order = (int)x->kind - (int)y->kind;

    order = order ? order : strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

static bool is_same(const struct cluster_fact *x, const struct cluster_fact *y)
{
    return x->kind == y->kind && text_equal(x->name, y->name) && text_equal(x->value, y->value);
}

/* ---- facts ------------------------------------------------------------------------------- */

static size_t spread(struct arena *arena, const struct cluster_case *cases, size_t count,
                     struct holding **out)
{
    size_t room = 0, used = 0;

    for (size_t i = 0; i < count; i++)
        room += cases[i].fact_count;
    *out = ARENA_MANY(arena, struct holding, room + 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < cases[i].fact_count; k++)
            (*out)[used++] = (struct holding){cases[i].facts[k], cases[i].is_failed};
    if (used)
        qsort(*out, used, sizeof(**out), by_fact);
    return used;
}

/* The difference of the two shares, over failed_all * good_all. */
static int64_t weight(const struct cluster *c)
{
    return c->failed * c->good_all - c->good * c->failed_all;
}

static bool is_better(const struct cluster *a, const struct cluster *than)
{
    if (!than->is_named || weight(a) != weight(than))
        return !than->is_named || weight(a) > weight(than);
    return a->failed + a->good < than->failed + than->good;
}

static double choose_log(int64_t n, int64_t k)
{
    int sign;

    return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
           lgamma_r((double)(n - k) + 1, &sign);
}

/* The upper tail of the hypergeometric distribution. */
static double chance_of(const struct cluster *c)
{
    int64_t all = c->failed_all + c->good_all, have = c->failed + c->good;
    double sum = 0;

    for (int64_t k = c->failed; k <= c->failed_all && k <= have; k++)
        if (c->failed_all - k <= all - have)
            sum += exp(choose_log(have, k) + choose_log(all - have, c->failed_all - k) -
                       choose_log(all, c->failed_all));
    return sum > 1 ? 1 : sum;
}

static void find_fact(struct arena *arena, const struct cluster_case *cases, size_t count,
                      struct cluster *best)
{
    struct holding *all;
    size_t n = spread(arena, cases, count, &all);

    for (size_t i = 0; i < n;) {
        struct cluster c = *best;

        c.fact = all[i].fact;
        c.failed = c.good = 0;
        for (; i < n && is_same(&all[i].fact, &c.fact); i++) {
            c.failed += all[i].is_failed;
            c.good += !all[i].is_failed;
        }
        c.score = c.good_all && c.failed_all ? weight(&c) * 100 / (c.failed_all * c.good_all) : 0;
        if (c.failed >= 2 && c.score >= CLUSTER_LEAST && is_better(&c, best)) {
            *best = c;
            best->is_named = true;
        }
    }
    if (best->is_named)
        best->chance = chance_of(best);
}

/* ---- what they said ------------------------------------------------------------------------- */

/* Numbers differ from device to device, words do not. */
static const char *without_digits(struct arena *arena, const char *text)
{
    char *out = arena_dup(arena, text), *to = out;

    for (const char *at = text; *at; at++)
        if (!isdigit((unsigned char)*at))
            *to++ = *at;
        else if (to == out || to[-1] != '#')
            *to++ = '#';
    *to = 0;
    return out;
}

struct saying {
    const char *key, *text;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct saying *)a)->key, ((const struct saying *)b)->key);
}

static void find_error(struct arena *arena, const struct cluster_case *cases, size_t count,
                       struct cluster *out)
{
    struct saying *said = ARENA_MANY(arena, struct saying, count + 1);
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (cases[i].is_failed && !text_blank(cases[i].error))
            said[n++] = (struct saying){without_digits(arena, cases[i].error), cases[i].error};
    if (n)
        qsort(said, n, sizeof(*said), by_key);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && text_equal(said[end].key, said[i].key); end++)
            ;
        if ((int64_t)(end - i) > out->error_failed) {
            out->error_failed = (int64_t)(end - i);
            out->error = said[i].text;
        }
    }
}

void cluster_find(struct arena *arena, const struct cluster_case *cases, size_t count, struct cluster *out)
{
    struct cluster c = {0};

    for (size_t i = 0; i < count; i++) {
        c.failed_all += cases[i].is_failed;
        c.good_all += !cases[i].is_failed;
    }
    find_fact(arena, cases, count, &c);
    find_error(arena, cases, count, &c);
    *out = c;
}

/* ---- in words --------------------------------------------------------------------------------- */

const char *cluster_text(struct arena *arena, const struct cluster *c)
{
    struct buf b = {.arena = arena};

    if (c->is_named)
        buf_printf(
            &b, "%" PRId64 " of %" PRId64 " that failed have %s=%s, and %" PRId64 " of %" PRId64 " good ones",
            c->failed, c->failed_all, c->fact.name, c->fact.value, c->good, c->good_all);
    if (c->error)
        buf_printf(&b, "%s%" PRId64 " said: %.200s", b.size ? "; " : "", c->error_failed, c->error);
    return buf_cstr(&b);
}

const char *cluster_json(struct arena *arena, const struct cluster *c)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    if (c->is_named) {
        json_text(&j, "kind", cluster_kind_name[c->fact.kind]);
        json_text(&j, "name", c->fact.name);
        json_text(&j, "value", c->fact.value);
        json_int(&j, "failed", c->failed);
        json_int(&j, "good", c->good);
        json_int(&j, "score", c->score);
        json_number(&j, "chance", c->chance);
    }
    json_int(&j, "failed_all", c->failed_all);
    json_int(&j, "good_all", c->good_all);
    if (c->error) {
        json_text(&j, "error", c->error);
        json_int(&j, "error_failed", c->error_failed);
    }
    json_text_if(&j, "text", cluster_text(arena, c));
    json_close(&j);
    return buf_cstr(&b);
}
