/* The first tenant, from DIR/bootstrap.json: operators, families and their keys, sites, and the TUF
 * repository that begins with root 1. Read only when there is no tenant at all. */
#pragma once

#include "domain/world.h"

/* All or nothing. True and nothing done when there is a tenant, or no file. */
bool bootstrap_apply(struct world *world, int64_t now_ms, struct err *err) CHECKED;
