/* How a machine behaves: what it does with an offer, how its updates end, and when it is not there at all. */
#pragma once

#include "sim/sim.h"

/* Whatever is due for it at sim->true_ms; sets next_ms anew. */
void device_step(struct sim *sim, struct machine *m);
