/* The places of a fleet as a rehearsal needs them: found by what a device says of itself, made once for all
 * devices that share zone, window, closures and holds. Ends with its arena. */
#pragma once

#include "domain/plan_compile.h"
#include "domain/rehearsal.h"
#include "store/actions.h"

#define REHEARSAL_HOLDS_MAX 256 /* that stand; more are left out, and counted */

struct rehearsal_places;

struct rehearsal_places *rehearsal_places_new(struct world *world, struct arena *arena,
                                              const struct compiled *compiled, const struct holds *holds,
                                              const struct action_rules *rules, int64_t now_ms,
                                              int64_t from_ms, int64_t until_ms);
/* The number of the device's place, made when it is the first of it. */
bool rehearsal_places_find(struct rehearsal_places *places, struct arena *scratch,
                           const struct device *device, uint32_t *out, struct err *err) CHECKED;
const struct rehearsal_place *rehearsal_places_all(const struct rehearsal_places *places, size_t *count);
int64_t rehearsal_places_left_out(const struct rehearsal_places *places); /* holds */
