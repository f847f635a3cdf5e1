/* How a process shares out the files it may have open. Pure: asks nothing of the system. */
#pragma once

#include "base/err.h"

struct descriptors_wish {
    int64_t files;       /* it may have open */
    int64_t workers;     /* threads that read the store, and open what a request needs */
    int64_t connections; /* of all listeners, at most */
};

/* As many connections that the store, the workers and the service itself have their files beside all of them.
 * ERR_INVALID when that is too few to serve anybody. What requests open beside (the upload that one of them writes) is
 * not reckoned with: that would halve what may connect, and where it is missing they are told so. */
bool descriptors_share(const struct descriptors_wish *wish, int64_t *connections, struct err *err) CHECKED;
