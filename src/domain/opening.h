/* Of the openings of a window the first that holds an install: one that begins in it ends in it. Pure. */
#pragma once

#include "domain/window.h"

#define OPENINGS_LOOKED_AT 60 /* what does not fit into so many never fits */

struct opening_wish {
    const struct window *window; /* NULL: any time */
    const struct closures *clear;
    const char *zone;               /* where the window names none */
    int64_t earliest_ms, latest_ms; /* it begins in between; 0: no such bound */
    int64_t needs_min;              /* so long it lasts */
};

struct opening {
    int64_t opens_ms,
        closes_ms;       /* the one that holds it; where none does, the next there is; 0: no such end */
    bool is_open;        /* an install may begin now */
    bool is_ending;      /* now lies in an opening whose rest is too short */
    int64_t left_min;    /* that rest */
    bool is_never;       /* none holds it */
    int64_t longest_min; /* of those looked at when none does; 0: there is none at all */
};

/* ERR_INVALID as window_find() says it; `out` stays untouched. */
bool opening_find(const struct opening_wish *wish, int64_t now_ms, struct opening *out,
                  struct err *err) CHECKED;
