/* How soon a bad release is stopped: the same nights over and over, each time with other failures. */
#include "domain/rehearsal.h"

#include <math.h>
#include <stdlib.h>

#include "domain/gate_weigh.h"

struct pace { /* of one stage, by slot: how many begin, how many end */
    int32_t *begins, *ends;
    int64_t open, offered; /* slots: it opens; and how many of it were ever offered */
};

struct trial {
    const struct rehearsal_facts *facts;
    struct rehearsal_bad *bad;
    struct pace pace[STAGES_MAX + 1];
    size_t stages; /* that open in the rehearsal */
    int64_t slots, deadline, poll, soak;
    int64_t busy; /* slots after which nothing begins or ends in the rehearsal */
    uint64_t random;
    int32_t *good[STAGES_MAX + 1]; /* that become healthy at that slot, in this trial */
    int64_t lag[STAGES_MAX + 1];   /* slots it opens later than in the rehearsal */
    int64_t begun[STAGES_MAX + 1], ended[STAGES_MAX + 1], failed[STAGES_MAX + 1], healthy[STAGES_MAX + 1];
};

/* ---- chance ------------------------------------------------------------------------------- */

static double next(struct trial *t)
{
    return rehearsal_draw(t->facts->seed, (int64_t)++t->random, 77);
}

/* How many of n fail. One by one while they are few, by the gaps between failures while those are few, and by
 * the normal law where both are many: there the gate has long decided. */
static int64_t failures(struct trial *t, int64_t n)
{
    double p = t->bad->share, mean = (double)n * p, at = 0, z;
    int64_t count = 0;

    if (n <= 0 || p <= 0)
        return 0;
    if (p >= 1)
        return n;
    if (n <= 16) {
        for (int64_t i = 0; i < n; i++)
            count += next(t) < p;
        return count;
    }
    if (mean < 64) {
        for (;; count++) {
            at += floor(log1p(-next(t)) / log1p(-p)) + 1;
            if (at > (double)n)
                return count;
        }
    }
    z = sqrt(-2 * log1p(-next(t))) * cos(6.283185307179586 * next(t));
    mean = floor(mean + z * sqrt(mean * (1 - p)) + 0.5);
    return mean < 0 ? 0 : mean > (double)n ? n : (int64_t)mean;
}

/* ---- one trial ------------------------------------------------------------------------------ */

static void begin(struct trial *t)
{
    memset(t->lag, 0, sizeof(t->lag));
    for (size_t no = 0; no < t->stages; no++) {
        const struct rollout_tally *before = &t->facts->before[no];

        memset(t->good[no], 0, sizeof(int32_t) * (size_t)t->slots);
        t->healthy[no] = before->devices[ACTION_HEALTHY];
        t->failed[no] = before->devices[ACTION_FAILED] + before->devices[ACTION_SILENT];
        t->begun[no] = t->ended[no] = t->healthy[no] + t->failed[no];
    }
}

/* One slot of a stage. False: nothing happened in it. */
static bool pass(struct trial *t, size_t no, int64_t slot)
{
    const struct pace *pace = &t->pace[no];
    int64_t begins = pace->begins[slot - t->lag[no]], ends = pace->ends[slot - t->lag[no]];
    int64_t bad = failures(t, ends);

    t->begun[no] += begins;
    t->ended[no] += ends;
    t->failed[no] += bad;
    if (slot + t->soak < t->slots)
        t->good[no][slot + t->soak] += (int32_t)(ends - bad);
    t->healthy[no] += t->good[no][slot];
    return begins || ends;
}

static struct gate_rules rules_of(const struct rollout *r)
{
    return (struct gate_rules){r->fail_percent, r->healthy_percent, r->min_failures, r->error_percent};
}

static bool is_tripped(const struct trial *t, const struct gate_rules *rules, size_t no, int64_t slot)
{
    int64_t planned = t->facts->stages[no].planned;
    bool is_late = slot - t->lag[no] - t->pace[no].open > t->deadline;
    int64_t unheard = is_late && planned > t->pace[no].offered ? planned - t->pace[no].offered : 0;
    const struct gate_counts counts = {.planned = planned,
                                       .begun = t->begun[no] + unheard,
                                       .healthy = t->healthy[no],
                                       .failed = t->failed[no] + unheard};

    return gate_is_tripped(rules, &counts);
}

static bool is_passed(const struct trial *t, const struct gate_rules *rules, size_t no)
{
    const struct gate_counts counts = {.planned = t->facts->stages[no].planned, .healthy = t->healthy[no]};

    return gate_is_passed(rules, &counts);
}

static int64_t bricked(const struct trial *t)
{
    int64_t sum = 0;

    for (size_t no = 0; no < t->stages; no++)
        sum += t->failed[no];
    return sum;
}

/* Halted: who begins within one more poll, and who flashes, may be bricked, too. */
static int64_t bricked_after(struct trial *t, size_t open, int64_t slot)
{
    for (size_t no = 0; no <= open; no++) {
        int64_t late = t->begun[no] - t->ended[no];

        for (int64_t s = slot + 1; s <= slot + t->poll && s < t->slots; s++)
            late += t->pace[no].begins[s - t->lag[no]];
        t->failed[no] += failures(t, late);
    }
    return bricked(t);
}

/* A stage opens when the rehearsal opened it, or later when too few of the one before are well; from there it
 * keeps the pace it had. */
static size_t opened(struct trial *t, const struct gate_rules *rules, size_t open, int64_t slot)
{
    while (open + 1 < t->stages && slot >= t->pace[open + 1].open + t->lag[open] &&
           is_passed(t, rules, open)) {
        t->lag[open + 1] = slot - t->pace[open + 1].open;
        open++;
    }
    return open;
}

static void keep(struct rehearsal_bad *bad, size_t open, int64_t bricks)
{
    bad->halted_at[open]++;
    bad->bricked_halted[bad->halted++] = bad->bricked[bad->trials++] = bricks;
}

/* Everything that opened is at its end, by whatever lag, and the last silence was counted. */
static bool is_over(const struct trial *t, size_t open, int64_t slot)
{
    return open + 1 == t->stages && slot - t->lag[open] > t->busy + t->soak &&
           slot - t->lag[open] - t->pace[open].open > t->deadline + 1;
}

static void try_once(struct trial *t)
{
    const struct gate_rules rules = rules_of(t->facts->rollout);
    size_t open = 0;

    begin(t);
    for (int64_t slot = 0; slot < t->slots && !is_over(t, open, slot); slot++) {
        open = opened(t, &rules, open, slot);
        for (size_t no = 0; no <= open; no++) {
            bool is_edge = slot - t->lag[no] - t->pace[no].open == t->deadline + 1;

            if ((pass(t, no, slot) || is_edge) && is_tripped(t, &rules, no, slot)) {
                keep(t->bad, open, bricked_after(t, open, slot));
                return;
            }
        }
    }
    t->bad->stuck += open + 1 < t->facts->stage_count;
    t->bad->bricked[t->bad->trials++] = bricked(t);
}

/* ---- the pace, and all of them -------------------------------------------------------------------- */

static void pace_read(struct arena *arena, struct trial *t, const struct rehearsal *out)
{
    const struct rehearsal_facts *f = t->facts;

    for (size_t no = 0; no < f->stage_count && out->stages[no].opened_ms; no++, t->stages++) {
        t->pace[no].begins = ARENA_MANY(arena, int32_t, t->slots);
        t->pace[no].ends = ARENA_MANY(arena, int32_t, t->slots);
        t->good[no] = ARENA_MANY(arena, int32_t, t->slots);
        t->pace[no].open = (out->stages[no].opened_ms - f->from_ms) / REHEARSAL_SLOT_MS;
        for (int s = 0; s < ACTION_STATE__MAX; s++)
            t->pace[no].offered += f->before[no].devices[s];
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct rehearsal_device *d = &f->devices[i];

        if (d->stage >= t->stages)
            continue;
        t->pace[d->stage].offered += d->offered != REHEARSAL_NONE;
        if (d->begins != REHEARSAL_NONE && d->ends >= t->busy)
            t->busy = d->ends + 1;
        if (d->begins < t->slots)
            t->pace[d->stage].begins[d->begins]++;
        if (d->begins != REHEARSAL_NONE && d->ends < t->slots)
            t->pace[d->stage].ends[d->ends]++;
    }
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

void rehearsal_spoil(struct arena *arena, const struct rehearsal_facts *facts, struct rehearsal *out)
{
    struct trial *t = ARENA_NEW(arena, struct trial);

    t->facts = facts;
    t->bad = &out->bad;
    t->bad->share = facts->bad_share;
    t->slots = facts->nights * (86400000 / REHEARSAL_SLOT_MS);
    t->deadline = facts->rollout->deadline_h * 3600000 / REHEARSAL_SLOT_MS;
    t->poll = (facts->poll_ms + REHEARSAL_SLOT_MS - 1) / REHEARSAL_SLOT_MS;
    t->soak = (facts->rollout->soak_min * 60000 + REHEARSAL_SLOT_MS - 1) / REHEARSAL_SLOT_MS;
    pace_read(arena, t, out);
    while (t->stages && t->bad->trials < REHEARSAL_TRIALS)
        try_once(t);
    qsort(t->bad->bricked, (size_t)t->bad->trials, sizeof(int64_t), by_value);
    qsort(t->bad->bricked_halted, (size_t)t->bad->halted, sizeof(int64_t), by_value);
}
