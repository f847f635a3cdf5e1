/* The clock's own caller of the domain: the same verbs, on a tick instead of a request. One thread for what is short, so
 * that a gate is weighed at every tick, and one for what may take seconds. */
#pragma once

#include "base/err.h"
#include "domain/world.h"

struct engine;

bool engine_start(struct engine **out, struct world *world, struct err *err) CHECKED;
void engine_stop(struct engine **engine); /* finishes the tick under way, flushes what is in memory */
