#include "base/descriptors.h"

#include <inttypes.h>

#define OWN 64 /* listeners, epolls, the writer, the signer, the parser, the engine's reading */
#define PER_WORKER                                                                                           \
    8 /* a reader's two; an upload, the blob it becomes, its folder; two ends of a parser's socket */
#define LEAST 16

bool descriptors_share(const struct descriptors_wish *wish, int64_t *connections, struct err *err)
{
    int64_t kept = OWN + PER_WORKER * wish->workers;
    int64_t fit = wish->files - kept;

    if (fit < LEAST)
        return FAIL(err, ERR_INVALID,
                    "%" PRId64 " open files are too few for %" PRId64 " workers: allow it %" PRId64
                    " (LimitNOFILE= of its unit, ulimit -n), or give it fewer workers",
                    wish->files, wish->workers, kept + LEAST);
    *connections = fit < wish->connections ? fit : wish->connections;
    return true;
}
