/* How much at once: what a rollout and a tenant allow at a site, in all, and within an hour. Nothing is
 * counted over the fleet: store/limits.h keeps small counters. What asks for no limit reads none of them.
 *
 *   under way       an update that is open and does more than soak, from its offer on; what only soaks works
 *                   again.
 *   at a site       by whatever rollout or hand: what counts is how many of its machines may be down. A
 *                   device without a site has no neighbours, and is bound by no limit of a site.
 *   site_percent    of the site's active machines, rounded down, but at least one: a small site gets its
 *                   update, too.
 *   keep_one        one other machine of the site must work: active, heard of within a day, nothing under
 *                   way, and its last update did not fail. A site of one machine has no other to keep: it is
 *                   updated as without that term, which is in its window. Nobody is asked to go without its
 *                   only machine by day, unless the rollout is urgent.
 *   within an hour  bytes of what is offered by rollouts, in slots of five minutes: a slot counts until all
 *                   of it is an hour old. What is larger than a whole budget goes when nothing else was offered
 *                   in that hour.
 *
 * Who would never get to install, for none of its hours is long enough, gets no place where they are counted. */
#pragma once

#include "domain/offer.h"
#include "store/limits.h"

#define WORKS_SEEN_MS (24 * 3600000LL)

enum budget { BUDGET_ROLLOUT, BUDGET_SITE, BUDGET_TENANT, BUDGET__MAX };

struct load {                   /* what is used of the limits of one plan and one device */
    struct under_way under_way; /* without what the device itself has */
    int64_t machines;           /* of its site */
    bool has_other;             /* one of them works, beside this one */
    bool never_fits;            /* none of its hours holds an install */
    int64_t bytes;              /* of what it lacks */
    struct offered_slot slots[BUDGET__MAX][OFFERED_SLOTS];
    size_t slot_count[BUDGET__MAX];
};

/* Pure: does anything limit this plan? */
bool limits_are_asked(const struct planned *plan);
/* Sets plan->load, of what is asked. Inside a tx it is what holds for the offer. */
bool limits_load(struct world *world, struct arena *arena, const struct offer_facts *facts,
                 struct planned *plan, struct err *err) CHECKED;
/* Inside the tx of an offer: its bytes are used. */
bool limits_use(struct world *world, const struct device *device, const struct planned *plan, int64_t now_ms,
                struct err *err) CHECKED;

/* Pure, each of one reason not to offer; false while nothing is loaded. until_ms: when it is over by itself,
 * or 0. */
bool limits_no_place(const struct planned *plan);
bool limits_site_full(const struct planned *plan, const struct device *device);
bool limits_last_one(const struct planned *plan, const struct device *device);
bool limits_at_once(const struct planned *plan, const struct device *device);
bool limits_bytes(const struct planned *plan, const struct device *device, int64_t *until_ms);
/* In words, of one of those. */
const char *limits_text(struct arena *arena, const struct planned *plan, const struct device *device,
                        enum offer_why why);
