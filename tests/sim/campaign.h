/* Rollouts from the seed. */
#pragma once

#include "sim/sim.h"

/* A draft in the service; NULL: it was refused, or there is no room for more. */
struct campaign *campaign_make(struct sim *sim);
