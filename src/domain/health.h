/* Is the service able to do its work, and its own figures. */
#pragma once

#include "base/buf.h"
#include "domain/world.h"

/* The database answers and can be written, and the disk has its reserve. */
bool health_ready(struct world *world, struct err *err) CHECKED;
/* Prometheus lines about store and disk. */
void health_figures(struct world *world, int64_t now_ms, struct buf *out);
