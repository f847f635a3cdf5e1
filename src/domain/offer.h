/* Which release a device is offered now, and why not another. Deciding is pure; doing is one tx. A check-in
 * that finds nothing writes nothing. */
#pragma once

#include "domain/hold.h"
#include "domain/plans.h"
#include "domain/world.h"
#include "model/action.h"

enum offer_why {
    OFFER_YES,
    OFFER_NO_PLAN,     /* no running rollout holds it */
    OFFER_NOT_ACTIVE,  /* waits for approval, or retired */
    OFFER_QUARANTINED, /* two machines claim to be it */
    OFFER_UP_TO_DATE,  /* it lacks nothing of it */
    OFFER_HAD_TURN,    /* this rollout gave it an action before */
    OFFER_NOT_RUNNING, /* the rollout is a draft, paused, halted or over */
    OFFER_NOT_OUT,     /* the release is not published */
    OFFER_SUPERSEDED,  /* a newer rollout has the device now */
    OFFER_STAGE_SHUT,  /* its stage has not been opened */
    OFFER_GOES_BACK,   /* its release counter is below the installed one */
    OFFER_TOO_OLD,     /* below the version the release starts from, or unknown */
    OFFER_ONE_PART,    /* its client takes one file, and it lacks several */
    OFFER_FETCH_ONLY,  /* it is only to be downloaded, which its client takes for done */
    OFFER_OVER,        /* no install of the rollout begins any more */
    OFFER_HELD,        /* somebody said "not now" */
    OFFER_BUSY,        /* what it works on goes first */
    OFFER_NO_PLACE,    /* what is limited is not given to whom it helps on no night */
    OFFER_SITE_FULL,   /* enough machines of its site are under way */
    OFFER_LAST_ONE,    /* no other machine of its site works */
    OFFER_AT_ONCE,     /* enough devices are under way */
    OFFER_BYTES,       /* enough bytes were offered within the hour */
    OFFER_WHY__MAX
};
extern const char *const offer_why_text[OFFER_WHY__MAX]; /* a sentence for people */
extern const char *const offer_why_name[OFFER_WHY__MAX]; /* a word for machines */

struct obstacle { /* one thing between a device and a release */
    enum offer_why why;
    const struct hold *hold;     /* for OFFER_HELD */
    const struct action *action; /* for OFFER_BUSY and OFFER_HAD_TURN */
    int64_t until_ms;            /* when it is over by itself; 0: nobody knows */
};
struct offer_trace { /* in the order of enum offer_why, which is the order in which they are asked */
    struct obstacle at[OFFER_WHY__MAX];
    size_t count;
};

struct offer_facts {
    const struct device *device;
    const struct device_component *components;
    size_t component_count;
    const struct action *open; /* not closed */
    size_t open_count;
    int64_t now_ms;
};

/* Pure. What the device lacks of a release: by component, version and, where known, bytes. `lacking` has room
 * for every module. */
size_t offer_lacking(const struct offer_facts *facts, const struct module *modules, size_t count,
                     const struct module **lacking);
/* Pure. What stands for the device as a whole: its system, else the lowest of its components. NULL: nothing
 * is known. */
const char *offer_base_version(const struct offer_facts *facts);
/* Pure. All that stands between them: what the offer is made from is what people are told. `turn` is the
 * action its rollout gave the device, or NULL. */
void offer_explain(const struct offer_facts *facts, const struct planned *plan, const struct action *turn,
                   struct offer_trace *out);
/* Pure. May this plan be offered now? The first of that trace; OFFER_YES: it is empty. */
enum offer_why offer_weigh(const struct offer_facts *facts, const struct planned *plan,
                           const struct action *turn);

/* Pure. The first of that trace which nothing ends while the rollout runs: it is never offered to the device.
 * OFFER_YES: there is none, and it may be yet. */
enum offer_why offer_never(const struct offer_facts *facts, const struct planned *plan);

/* The open actions of the device are in `facts`. *why OFFER_YES: *plan is due, and offer_make makes it so. */
struct offer {
    enum offer_why why;
    const struct planned *plan;
    const struct action *turn; /* silent, never fetched: it is offered again */
};
bool offer_find(struct world *world, struct arena *arena, const struct offer_facts *facts, struct offer *out,
                struct err *err) CHECKED;
/* In its own tx: decides again with what is true then, calls back what the new action replaces, inserts it.
 * *made false: it is no longer due. */
bool offer_make(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                bool *made, struct err *err) CHECKED;

/* One release to one device, by an operator. Inside a tx. All it works on is called back. kind, forced_ms,
 * weight, not_before_ms and not_after_ms are read from `wanted`. ERR_CONFLICT says why not; the same release
 * while it is still open gives that action, with *is_new false. */
bool offer_assign(struct world *world, struct arena *arena, const struct device *device,
                  const struct release *release, const struct action *wanted, int64_t now_ms,
                  struct action *out, bool *is_new, struct err *err) CHECKED;
