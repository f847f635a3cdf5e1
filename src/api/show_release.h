/* A release as operators see it. */
#pragma once

#include "base/json.h"
#include "domain/release.h"

/* Notes and CVEs come from the manifest, and are left out where it was not read. */
void show_release(struct json_out *j, struct arena *arena, const struct release_view *view);
