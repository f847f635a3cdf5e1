/* A device's director as it is served, and a stock client of it with a folder in memory. */
#pragma once

#include "support/ops.h"

struct director_follower {
    struct ops *ops;
    const char *device, *asks_as;
    struct span kept[TUF_ROLE__MAX];
};

/* The header of a device that support_device() made. */
const char *director_token(struct ops *ops, const char *device);
struct answer director_get(struct ops *ops, const char *device, const char *name);
/* With another device's token. */
struct answer director_get_as(struct ops *ops, const char *device, const char *who, const char *name);
/* Knows root 1 and nothing else. */
struct director_follower director_follower(struct ops *ops, const char *device);
bool director_follow(struct director_follower *follower, struct tuf_targets *out, struct err *err) CHECKED;
