/* The end of the road: the disk refused to keep what it had taken (EIO from fsync). A second fsync may say
 * yes about bytes that are gone, so nothing is acknowledged any more: the process ends, and the next start
 * looks at what is really there. Used by everything that syncs. */
#pragma once

#include "base/err.h"

#define STOP_STATUS 74 /* EX_IOERR */

/* Logs and ends the process. Comes back only under a hook. */
void store_stop(const char *what);
/* Calls fn instead of ending the process; NULL: ends it again. For tests, before their first thread. */
void store_stop_hook(void (*fn)(const char *what));
/* For a failed fsync: stops unless the disk is merely full. Returns false, err as it was. */
bool store_stop_unless_full(const struct err *err);
