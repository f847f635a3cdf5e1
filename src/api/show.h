/* Facts -> JSON, one function per noun, shared by the doors that show it. */
#pragma once

#include "base/json.h"
#include "domain/rollout.h"
#include "model/tenant.h"

void show_rollout(struct json_out *j, const char *name, const struct rollout_view *view);
void show_site(struct json_out *j, const struct site *site);
