/* A picture that follows something on the service until it is over: redrawn in place on a terminal, elsewhere
 * printed again when it has changed. */
#pragma once

#include "base/buf.h"
#include "tools/nightshift/cli.h"

/* For the options of a command that watches. */
#define WATCH_EVERY                                                                                          \
    {                                                                                                        \
        "every", "SECONDS", "time between two looks [2]", false, false                                       \
    }

struct watch {
    const char *path; /* of the thing */
    void (*add)(struct buf *out, const struct json *thing);
    bool (*is_over)(const char *state);
    const char *good; /* the state that ends with exit code 0; any other with 1 */
};

/* Looks until the thing's "state" is over, or a signal. Cuts are looked over. */
bool watch_follow(struct cli *cli, const struct watch *watch, struct err *err) CHECKED;
