/* A rehearsal -> JSON. */
#pragma once

#include "base/json.h"
#include "domain/rehearse.h"

void show_rehearsal(struct json_out *j, const char *name, const struct rehearsal_view *view);
