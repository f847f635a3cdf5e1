/* Is anybody left to whom a running rollout could still be offered? Asked where nothing of it is under way: its devices
 * may belong to a newer rollout by now, be retired, have got the release otherwise, or never be able to take it.
 *
 * A family is walked through a piece at a time. Whoever is found waiting is asked first the next time, so a walk is
 * paid for once, and a rollout that waits for somebody costs a look at that device now and then. How far a walk came is
 * remembered in memory alone: a service that starts begins anew. For the engine's thread. */
#pragma once

#include "domain/offer.h"

struct rounds; /* how far the walks are */
struct rounds *rounds_new(void);
void rounds_freep(struct rounds **rounds);

#define AWAITED_PIECE 1000    /* devices walked past in one look */
#define AWAITED_REST_MS 10000 /* between two looks at who was found waiting */

struct awaited {
    bool is_nobody;   /* a walk from the first to the last device met nobody */
    const char *text; /* then: who the others are */
};
/* Who joins behind the walk is not waited for, as who joins after the end; a newer rollout that is aborted, and gives
 * devices back, has the walk begin anew. */
bool awaited_look(struct world *world, struct arena *arena, const struct rollout *rollout, int64_t now_ms,
                  struct awaited *out, struct err *err) CHECKED;
/* Pure. How many are never offered it, in words. */
const char *awaited_text(struct arena *arena, const int64_t never[OFFER_WHY__MAX]);
