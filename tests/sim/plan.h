/* From the seed: where a tenant's machines stand, what they are like, which releases there are, which nights
 * are played. */
#pragma once

#include "sim/sim.h"

/* Before the service is open: only what the simulation knows. */
void plan_make(struct sim *sim);
/* Into the open service. */
void plan_put(struct sim *sim);
/* A window from the seed; zone stays NULL. */
struct hours plan_hours(struct dice *dice);
struct window;
struct window plan_window(const struct hours *hours, const char *zone);
