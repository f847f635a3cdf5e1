/* The one byte form we sign: OLPC canonical JSON. Sorted by raw bytes, minified, integers only.
 */
#pragma once

#include "base/json.h"

/* Refuses reals and integers beyond 2^53 in magnitude. */
bool canonical_write(struct arena *arena, const struct json *value, struct span *out,
                     struct err *err) CHECKED;
/* Parses and writes again. */
bool canonical_text(struct arena *arena, struct span json, struct span *out, struct err *err) CHECKED;
