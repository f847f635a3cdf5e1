/* A window as JSON: {"start","end" or "duration","days" or "rule","exdates","from","until","zone"}. */
#pragma once

#include "base/json.h"
#include "model/rollout.h"

/* null when the window has no start. */
void window_write(struct json_out *j, const char *name, const struct window *window);
/* null or absent: none. Text lives in the arena. */
bool window_read(struct arena *arena, const struct json *value, struct window *out, struct err *err) CHECKED;
