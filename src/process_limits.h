/* What the service's process may take of the machine. */
#pragma once

/* At the start, before there are threads: as many open files as the system lets us have, few heaps for many threads, and
 * no signal for a socket that is gone. */
void process_limits_set(void);
