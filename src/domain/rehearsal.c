#include "domain/rehearsal.h"

#include <stdio.h>

enum event { SEEN_OFFERED, SEEN_BEGUN, SEEN_WELL, SEEN_HEALTHY, SEEN_BADLY, SEEN_UNHELD, EVENT__MAX };

struct timeline { /* of one stage: how often what happens at which slot */
    int32_t *at[EVENT__MAX];
    size_t next, end; /* devices that are still to be offered it */
    int64_t held;     /* of them, by holds */
};

struct run {
    struct arena *arena;
    const struct rehearsal_facts *facts;
    struct rehearsal *out;
    struct rollout rollout; /* as it goes on */
    struct rollout_stage stages[STAGES_MAX + 1];
    struct rollout_tally tally[STAGES_MAX + 1];
    struct timeline lines[STAGES_MAX + 1];
    int64_t slots;
    int64_t holding;          /* devices that were offered it and are not over */
    int64_t hour, hour_bytes; /* what the budget of this hour has been used for */
};

static int64_t time_of(const struct run *r, int64_t slot)
{
    return r->facts->from_ms + slot * REHEARSAL_SLOT_MS;
}

static void note(struct run *r, struct timeline *line, enum event event, int64_t slot)
{
    if (slot < r->slots)
        line->at[event][slot]++;
}

static void note_course(struct run *r, struct timeline *line, const struct rehearsal_device *d, int64_t slot)
{
    int64_t soak = (r->rollout.soak_min * 60000 + REHEARSAL_SLOT_MS - 1) / REHEARSAL_SLOT_MS;

    if (d->offered > slot && r->facts->places[d->place].hold_count) {
        line->held++;
        note(r, line, SEEN_UNHELD, d->offered);
    }
    note(r, line, SEEN_OFFERED, d->offered);
    note(r, line, SEEN_BEGUN, d->begins);
    if (d->fate == REHEARSAL_BADLY)
        note(r, line, SEEN_BADLY, d->ends);
    if (d->fate != REHEARSAL_WELL)
        return;
    note(r, line, SEEN_WELL, d->ends);
    note(r, line, SEEN_HEALTHY, d->ends + soak);
}

/* ---- offers ---------------------------------------------------------------------------- */

static void open_stage(struct run *r, size_t no)
{
    const struct rehearsal_facts *f = r->facts;
    struct timeline *line = &r->lines[no];

    for (int e = 0; e < EVENT__MAX; e++)
        line->at[e] = ARENA_MANY(r->arena, int32_t, r->slots);
    while (line->next < f->count && f->devices[line->next].stage < no)
        line->next++;
    line->end = line->next;
    while (line->end < f->count && f->devices[line->end].stage == no)
        line->end++;
}

static bool has_budget(struct run *r, const struct rehearsal_device *d, int64_t slot)
{
    int64_t hour = time_of(r, slot) / 3600000;

    if (hour != r->hour) {
        r->hour = hour;
        r->hour_bytes = 0;
    }
    if (r->facts->at_once && r->holding >= r->facts->at_once)
        return false;
    return !r->facts->bytes_hour || r->hour_bytes == 0 || r->hour_bytes + d->bytes <= r->facts->bytes_hour;
}

static void offer(struct run *r, size_t no, int64_t slot)
{
    struct timeline *line = &r->lines[no];

    for (; line->next < line->end; line->next++) {
        struct rehearsal_device *d = &r->facts->devices[line->next];

        if (d->why != OFFER_YES)
            continue;
        if (!has_budget(r, d, slot))
            return;
        rehearsal_course(r->facts, d, slot);
        note_course(r, line, d, slot);
        r->holding += d->offered != REHEARSAL_NONE;
        r->hour_bytes += d->bytes;
    }
}

/* ---- what happens ------------------------------------------------------------------------- */

static void move(struct rollout_tally *tally, enum action_state from, enum action_state to, int64_t devices)
{
    tally->devices[from] -= devices;
    tally->devices[to] += devices;
}

static void happen(struct run *r, size_t no, int64_t slot)
{
    struct timeline *line = &r->lines[no];
    struct rollout_tally *tally = &r->tally[no];
    int32_t seen[EVENT__MAX];

    for (int e = 0; e < EVENT__MAX; e++)
        seen[e] = line->at[e][slot];
    line->held -= seen[SEEN_UNHELD];
    tally->devices[ACTION_OFFERED] += seen[SEEN_OFFERED];
    move(tally, ACTION_OFFERED, ACTION_INSTALLING, seen[SEEN_BEGUN]);
    move(tally, ACTION_INSTALLING, ACTION_FAILED, seen[SEEN_BADLY]);
    move(tally, ACTION_INSTALLING, ACTION_SOAKING, seen[SEEN_WELL]);
    move(tally, ACTION_SOAKING, ACTION_HEALTHY, seen[SEEN_HEALTHY]);
    r->holding -= seen[SEEN_BADLY] + seen[SEEN_WELL];
    r->stages[no].excused = line->held;
}

static void advance(struct run *r, int64_t slot)
{
    int64_t stage = r->rollout.stage++;

    r->out->stages[stage].closed_ms = time_of(r, slot);
    r->stages[stage + 1].opened_ms = time_of(r, slot);
    open_stage(r, (size_t)stage + 1);
}

/* The rollout stands. Who has not begun within one poll does not begin. */
static void halt(struct run *r, int64_t slot, const char *reason)
{
    int64_t last = slot + (r->facts->poll_ms + REHEARSAL_SLOT_MS - 1) / REHEARSAL_SLOT_MS;

    r->out->halt_ms = time_of(r, slot);
    snprintf(r->out->reason, sizeof(r->out->reason), "%s", reason);
    for (size_t i = 0; i < r->facts->count; i++) {
        struct rehearsal_device *d = &r->facts->devices[i];

        if (d->why != OFFER_YES && d->fate == REHEARSAL_WAITS && d->offered == REHEARSAL_NONE)
            continue;
        if (d->begins != REHEARSAL_NONE && d->begins <= last)
            continue;
        d->why = d->why == OFFER_YES ? REHEARSAL_HALTED : d->why;
        d->fate = REHEARSAL_WAITS;
        d->begins = d->ends = REHEARSAL_NONE;
        d->offered = d->offered != REHEARSAL_NONE && d->offered <= slot ? d->offered : REHEARSAL_NONE;
        d->fetched = d->fetched != REHEARSAL_NONE && d->fetched <= last ? d->fetched : REHEARSAL_NONE;
    }
}

/* False: it is over. */
static bool judge(struct run *r, int64_t slot)
{
    struct judgement j =
        rollout_judge(&r->rollout, r->stages, r->facts->stage_count, r->tally, time_of(r, slot));

    snprintf(r->out->reason, sizeof(r->out->reason), "%s", j.reason);
    if (j.verdict == VERDICT_NEXT_STAGE)
        advance(r, slot);
    if (j.verdict == VERDICT_FINISH) {
        r->out->stages[r->rollout.stage].closed_ms = r->out->finish_ms = time_of(r, slot);
        r->out->reason[0] = 0;
        return false;
    }
    if (j.verdict == VERDICT_HALT) {
        halt(r, slot, j.reason);
        return false;
    }
    return true;
}

/* The last slot it went through. */
static int64_t go(struct run *r)
{
    for (int64_t slot = 0; slot < r->slots; slot++) {
        for (size_t no = 0; no <= (size_t)r->rollout.stage; no++) {
            offer(r, no, slot);
            happen(r, no, slot);
        }
        if (!judge(r, slot))
            return slot;
    }
    return r->slots - 1;
}

/* ---- before it begins ------------------------------------------------------------------------ */

static void set_up(struct run *r)
{
    const struct rehearsal_facts *f = r->facts;

    r->rollout = *f->rollout;
    r->rollout.state = ROLLOUT_RUNNING;
    r->rollout.stage = f->rollout->started_ms ? f->rollout->stage : 0;
    for (size_t i = 0; i < f->stage_count; i++) {
        r->stages[i] = f->stages[i];
        r->tally[i] = f->before[i];
    }
    for (size_t i = 0; i < f->count; i++)
        f->devices[i].offered = f->devices[i].fetched = f->devices[i].begins = f->devices[i].ends =
            REHEARSAL_NONE;
    for (size_t no = 0; no <= (size_t)r->rollout.stage; no++) {
        r->stages[no].opened_ms = r->stages[no].opened_ms ? r->stages[no].opened_ms : f->from_ms;
        open_stage(r, no);
    }
}

/* Whose stage did not open: since it was halted, or since the nights were too few. */
static void leave(struct run *r)
{
    for (size_t i = 0; i < r->facts->count; i++) {
        struct rehearsal_device *d = &r->facts->devices[i];

        if (d->why == OFFER_YES && d->offered == REHEARSAL_NONE)
            d->why = (uint8_t)(r->out->halt_ms               ? REHEARSAL_HALTED
                               : d->stage > r->rollout.stage ? (enum rehearsal_why)OFFER_STAGE_SHUT
                                                             : REHEARSAL_LATER);
    }
}

void rehearsal_run(struct arena *arena, struct rehearsal_facts *facts, struct rehearsal *out)
{
    struct run *r = ARENA_NEW(arena, struct run);
    int64_t last;

    *r = (struct run){
        .arena = arena, .facts = facts, .out = out, .slots = facts->nights * (86400000 / REHEARSAL_SLOT_MS)};
    *out = (struct rehearsal){.until_ms = facts->from_ms + facts->nights * 86400000};
    set_up(r);
    last = go(r);
    leave(r);
    out->halt_stage = r->rollout.stage;
    for (size_t i = 0; i < facts->stage_count; i++) {
        out->stages[i].planned = r->stages[i].planned;
        out->stages[i].opened_ms = r->stages[i].opened_ms;
    }
    rehearsal_sum(arena, facts, last, out);
    rehearsal_spoil(arena, facts, out);
}
