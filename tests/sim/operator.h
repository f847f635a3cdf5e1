/* What people do to the tenant: at the seed's hours, whatever comes into their minds. A refusal is an answer,
 * too. */
#pragma once

#include "sim/sim.h"

struct who;
const struct who *operator_who(struct sim *sim);
void operator_put_place(struct sim *sim, int place);
/* A rollout made and started. */
void operator_roll_out(struct sim *sim);
/* One deed, of the seed's choice. */
void operator_step(struct sim *sim);
/* The end of the play: holds are lifted, blackouts dropped, what stands still is aborted or goes on. */
void operator_clear(struct sim *sim);
