/* Which devices try a release first: as few as show it to every model and every mix of options. Pure.
 *
 *   options   attributes that a device tells of itself under names that begin with "option."; all of them
 * together are its mix. One without any has a mix, too: none. covered   a device covers its model and its
 * mix. Greedily: whoever covers more goes first, so that one of a model and a mix that are both new saves
 * another; a greedy cover takes at most twice the fewest. equals    who was heard of within a day of the last
 * of all; then one of a site that has none yet; then the lowest rank in its rollout: the same fleet gives the
 * same devices. */
#pragma once

#include "base/arena.h"
#include "model/device.h"

#define CANARY_MOST 200   /* of one stage, whatever is asked: they rest in its row */
#define CANARY_CELLS 4096 /* models with their mixes that are told apart */
#define CANARY_OPTION "option."

struct canary_candidate {
    const char *model, *mix, *site;
    int64_t rank, seen_ms; /* 0: never */
};

struct canary; /* what has been looked at so far */

struct canary *canary_new(struct arena *arena);
/* Keeps what it is given of the few that matter, copied. */
void canary_look(struct canary *canary, const struct canary_candidate *candidate);
/* What a device tells of its options: "option.fax=yes;option.finisher=B;". */
const char *canary_mix(struct arena *arena, const struct device_pair *attributes, size_t count);
/* Ranks, ascending; at most `most` (0: CANARY_MOST). */
size_t canary_choose(struct canary *canary, int64_t most, const int64_t **ranks);
