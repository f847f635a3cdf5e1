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
