/* The service under simulation: the real domain over the real store, opened from a folder in memory, and
 * taken away without a warning when it crashes. */
#pragma once

#include "sim/sim.h"

/* A migrated, empty store with a tenant in `dir`/template: made once a process, copied for each seed. */
void service_template(const char *dir);
void service_open(struct sim *sim); /* from a copy of the template */
void service_close(struct sim *sim);
/* The database as it lies on the disk at this moment is all that the next one finds. */
void service_crash(struct sim *sim);
/* The seed decides whether this is the moment. */
void service_may_crash(struct sim *sim);

/* After whatever may have changed something: reads the ledger anew, and lets the invariants judge. device_id
 * 0: the change may be of any. */
void service_settle(struct sim *sim, int64_t device_id);
void service_tick(struct sim *sim);
