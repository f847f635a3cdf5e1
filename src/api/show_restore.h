/* Restores -> JSON. */
#pragma once

#include "base/json.h"
#include "domain/restore.h"

void show_restore(struct json_out *j, const char *name, const struct restore_view *view);
