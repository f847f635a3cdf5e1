/* A rollout on a virtual clock: what its nights will look like, before they come. Pure: facts in, a result
 * out; knows no store and no clock. The same facts and seed give the same result, to the byte.
 *
 * Time goes in slots of five minutes. A stage opens; its devices are offered the release within one poll,
 * fetch it, and begin in the first span of their place in which the work still fits, a few minutes after it
 * opens as they are steered to; they end, well or badly, by a draw from what was measured. At every slot
 * rollout_judge weighs the stages as it does in earnest: it opens the next one, halts or finishes. What is
 * left out is said in `assumes` of rehearsal_show.
 *
 * How soon a bad release is stopped is found by repeating: the stages keep the pace they have in the
 * rehearsal, failures are drawn anew each time, and gate_is_tripped weighs them slot by slot. */
#pragma once

#include "base/arena.h"
#include "domain/offer.h"
#include "domain/rollout.h"

#define REHEARSAL_NIGHTS_MAX 90
/* How far from now one may begin: every night between is walked, and calendars of 9999 say nothing true. */
#define REHEARSAL_AWAY_MS (400 * 86400000LL)
#define REHEARSAL_SLOT_MS 300000LL
#define REHEARSAL_NONE UINT16_MAX /* no slot */
#define REHEARSAL_NAMED 20
#define REHEARSAL_EXAMPLES 5 /* of a reason */
#define REHEARSAL_TRIALS 1000

/* What keeps a device from it: the words of an offer, and these. */
enum rehearsal_why {
    REHEARSAL_UNSEEN = OFFER_WHY__MAX, /* not heard of for longer than the deadline */
    REHEARSAL_NEVER_OPENS,             /* no hours in these nights */
    REHEARSAL_TOO_SHORT,               /* hours, but none long enough */
    REHEARSAL_HALTED,                  /* the rollout stood before its hours came */
    REHEARSAL_LATER,                   /* its hours come after these nights */
    REHEARSAL_WHY__MAX
};
const char *rehearsal_why_name(enum rehearsal_why why); /* a word for machines */
const char *rehearsal_why_text(enum rehearsal_why why); /* a sentence for people */

struct rehearsal_span { /* in which an install may begin, and must be over */
    int64_t opens_ms, closes_ms;
};
struct rehearsal_place { /* devices that may be touched at the same times */
    const struct rehearsal_span *spans;
    size_t count;
    const struct rehearsal_span *holds; /* "not now": no offer, and no install begins; ascending, apart */
    size_t hold_count;
    const struct rehearsal_span *downloads; /* in which it may be fetched */
    size_t download_count;
    bool has_downloads; /* false: at any time */
};

enum rehearsal_fetch {
    REHEARSAL_FETCHES,          /* as soon as it is offered and the hours for downloads are open */
    REHEARSAL_FETCHES_BY_HOURS, /* so, but when it begins at the latest: its client does both in one go */
    REHEARSAL_FETCHES_THEN,     /* when it begins: its client sees nothing before */
};
enum rehearsal_fate { REHEARSAL_WAITS, REHEARSAL_WELL, REHEARSAL_BADLY };
/* Million of them: 32 bytes. */
struct rehearsal_device {
    int64_t id;
    union {
        int64_t rank; /* until the stages are cut */
        struct {      /* slots, or REHEARSAL_NONE */
            uint16_t offered, fetched, begins, ends;
        };
    };
    int64_t bytes; /* of what it lacks */
    uint32_t place;
    uint8_t stage;
    uint8_t why;     /* rehearsal_why that keeps it for good, or OFFER_YES */
    uint8_t fate;    /* rehearsal_fate */
    uint8_t fetches; /* rehearsal_fetch */
};

struct rehearsal_facts {
    const struct rollout *rollout; /* draft: from its first stage; running: from the stage that is open */
    const struct rollout_stage *stages; /* cut */
    size_t stage_count;
    const struct rollout_tally
        *before; /* by stage, of devices that had their turn and are not among `devices` */
    struct rehearsal_device *devices; /* by stage, then rank; their slots and fates are filled */
    size_t count;
    const struct rehearsal_place *places;
    size_t place_count;
    int64_t from_ms, nights, poll_ms;
    int64_t at_once, bytes_hour; /* budgets of the rollout; 0: none */
    uint64_t seed;
    const int64_t *took_ms; /* installs of the family that were measured, ascending; at least one */
    size_t took_count;
    int64_t need_ms;   /* what must be left of a span: nine of ten installs are over by then */
    double fail_share; /* 0..1, of installs */
    double bad_share;  /* of a bad release */
};

struct rehearsal_night { /* from noon to noon, UTC */
    int64_t from_ms;
    int64_t offered, begun, installed, failed, bytes;
    int64_t busiest_ms, busiest_bytes; /* the hour in which most is sent */
};
struct rehearsal_left { /* devices that do not get it, by reason */
    int64_t devices;
    int64_t named[REHEARSAL_EXAMPLES];
    size_t named_count;
};
struct rehearsal_bad {
    double share; /* of installs that fail */
    int64_t trials, halted, stuck;
    int64_t halted_at[STAGES_MAX + 1];        /* by stage */
    int64_t bricked[REHEARSAL_TRIALS];        /* ascending; of every trial, halted or not */
    int64_t bricked_halted[REHEARSAL_TRIALS]; /* of those that were halted */
};
struct rehearsal_stage {
    int64_t planned, opened_ms, closed_ms, begun, installed, failed;
};
struct rehearsal {
    int64_t until_ms;
    int64_t finish_ms, halt_ms; /* 0: not within these nights */
    int64_t halt_stage;
    char reason[640]; /* of the halt, or what it is stuck on at the end; "" */
    int64_t planned, offered, installed, failed, overran; /* overran: ended after their hours */
    struct rehearsal_stage stages[STAGES_MAX + 1];
    struct rehearsal_night *nights;
    size_t night_count;
    struct rehearsal_left left[REHEARSAL_WHY__MAX];
    int64_t never[REHEARSAL_NAMED]; /* ids of those that never fit */
    uint8_t never_why[REHEARSAL_NAMED];
    size_t never_count;
    struct rehearsal_bad bad;
};

/* The draw of a device, even over 0 <= x < 1: another one for each `what`, the same for ever. */
double rehearsal_draw(uint64_t seed, int64_t id, uint64_t what);
/* What becomes of a device that may be offered it from this slot on: its slots, fate, and what keeps it. */
void rehearsal_course(const struct rehearsal_facts *facts, struct rehearsal_device *device, int64_t slot);
/* Sums of what the devices have become, by night and by reason. */
void rehearsal_sum(struct arena *arena, const struct rehearsal_facts *facts, int64_t last_slot,
                   struct rehearsal *out);
/* How soon a bad release is stopped. The devices have their slots. */
void rehearsal_spoil(struct arena *arena, const struct rehearsal_facts *facts, struct rehearsal *out);
/* All of it. */
void rehearsal_run(struct arena *arena, struct rehearsal_facts *facts, struct rehearsal *out);
