/* The terms of a rollout as JSON, at rest and on the wire. Pure. */
#pragma once

#include "base/json.h"
#include "model/terms.h"

/* What nobody asked for. */
struct rollout_terms terms_none(void);
/* An unknown member is refused by name, and so is what cannot be meant. Text lives in the arena. */
bool terms_read(struct arena *arena, const struct json *object, struct rollout_terms *out,
                struct err *err) CHECKED;
/* From a row: "" or "{}" asks nothing. */
bool terms_text(struct arena *arena, const char *json, struct rollout_terms *out, struct err *err) CHECKED;
/* Opens an object in `j` and writes into it what a row says, but for the members named; `left_out` ends with
 * NULL. Whoever calls goes on writing, and closes it. */
bool terms_rewrite(struct arena *arena, const char *json, const char *const *left_out, struct json_out *j,
                   struct err *err) CHECKED;
