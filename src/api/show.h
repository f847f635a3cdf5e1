/* Facts -> JSON, one function per noun, shared by the doors that show it. */
#pragma once

#include "base/json.h"
#include "domain/rollout.h"
#include "model/tenant.h"

void show_rollout(struct json_out *j, const char *name, const struct rollout_view *view);
/* null when the window has no start. */
void show_window(struct json_out *j, const char *name, const struct window *window);
void show_site(struct json_out *j, const struct site *site);

/* {"start","end" or "duration","days" or "rule","exdates","from","until","zone"}; null or absent: none. */
bool read_window(struct arena *arena, const struct json *value, struct window *out, struct err *err) CHECKED;
