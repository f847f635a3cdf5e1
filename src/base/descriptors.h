/* How a process shares out the files it may have open. Pure: asks nothing of the system. */
#pragma once

#include "base/err.h"

struct descriptors_wish {
    int64_t files;       /* it may have open */
    int64_t workers;     /* threads that read the store, and open what a request needs */
    int64_t connections; /* of one listener, at most */
    int64_t listeners;
};

/* As many connections of one listener that each has its socket and a file, and that the store, the workers and the
 * service itself have theirs beside all of them. ERR_INVALID when that is too few to serve anybody. */
bool descriptors_share(const struct descriptors_wish *wish, int64_t *connections, struct err *err) CHECKED;
