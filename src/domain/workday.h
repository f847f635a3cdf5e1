/* A soak that includes a working day: 08:00 to 18:00, Monday to Friday, at the device's site, on a date that
 * neither a holiday calendar of the site nor a blackout closes. */
#pragma once

#include "domain/window.h"
#include "domain/world.h"
#include "model/action.h"

/* Pure. When the first working day is over that lies whole after the instant: a day that has begun does not
 * count. 0: there is none within ten years. */
bool workday_end(const struct closures *clear, const char *zone, int64_t after_ms, int64_t *out,
                 struct err *err) CHECKED;
/* Inside a tx. An action that begins to soak now does so until then. */
bool workday_soak(struct world *world, struct arena *arena, struct action *action, int64_t now_ms,
                  struct err *err) CHECKED;
