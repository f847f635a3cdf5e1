/* What stands and what waits, read once for each verb of trust.c. */
#pragma once

#include "domain/repository_stage.h"
#include "domain/trust.h"

struct ceremony {
    struct stage stage;
    struct tuf_root root, next; /* in force; waiting */
    bool has_next;
    struct trust_view view;
};

bool ceremony_open(struct ceremony *out, struct world *world, const struct who *who, struct arena *arena,
                   int64_t now_ms, struct err *err) CHECKED;
/* NULL: nothing waits for that role. */
const struct trust_waiting *ceremony_waiting(const struct ceremony *c, enum tuf_role role);
/* The root that waits, else the one in force: whose keys a waiting targets is judged by. */
const struct tuf_root *ceremony_root(const struct ceremony *c);
