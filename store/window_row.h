/* The columns of a window beyond its plain hours, in the order of WINDOW_RULE. Private to store/. */
#pragma once

#include "base/text.h"
#include "model/rollout.h"
#include "store/query.h"

static inline void row_window_rule(struct query *q, struct arena *arena, struct window *out)
{
    out->rule = row_text(q, arena);
    out->duration_min = row_int(q);
    out->exdates = row_text(q, arena);
    out->from_day = row_int(q);
    out->until_day = row_int(q);
}

static inline void query_window_rule(struct query *q, const struct window *window)
{
    query_text(q, window->rule);
    query_int(q, window->duration_min);
    query_text(q, window->exdates);
    query_int(q, window->from_day);
    query_int(q, window->until_day);
}
