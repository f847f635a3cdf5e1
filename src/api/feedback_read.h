/* What a device says in a feedback body, read liberally: numbers or texts as ids, unknown members, one text
 * instead of a list. Pure; knows no action.
 *
 * SWUpdate pastes its log lines into JSON without escaping them, so its failure report (the one that matters)
 * may be no JSON at all. Its two enums come before the lines: they are recovered, and the rest is kept as
 * text. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "domain/confirm.h"
#include "domain/report.h"

/* ERR_INVALID names what is missing or wrong. `out` points into the arena. */
bool feedback_read(struct arena *arena, struct span body, struct report *out, struct err *err) CHECKED;
bool feedback_read_confirmation(struct arena *arena, struct span body, struct confirmation *out,
                                struct err *err) CHECKED;
