/* What the service's process may take of the machine. */
#pragma once

#include "base/settings.h"

/* At the start, before there are threads: as many open files as the system lets us have, few heaps for many threads, and
 * no signal for a socket that is gone. */
void process_limits_set(void);
/* Lowers connections_max to what the open files suffice for, and says so. False: they suffice for nothing. */
bool process_limits_fit(struct settings *settings, struct err *err) CHECKED;
