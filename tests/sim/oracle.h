/* What is true of an action by what the simulation ordered itself: its hours, its holds. */
#pragma once

#include "sim/sim.h"

bool oracle_hours_open(struct sim *sim, const struct machine *m, const struct row *row, int64_t now_ms);
/* The hold that keeps the package from the machine, or NULL. */
const struct keep *oracle_hold(const struct sim *sim, const struct machine *m, int package, int64_t now_ms);
/* Does any hold stand or wait for its time? */
bool oracle_has_holds(const struct sim *sim, int64_t now_ms);
