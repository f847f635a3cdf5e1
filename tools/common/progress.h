/* How far a long transfer is: a bar that is redrawn on a terminal, a plain line now and then elsewhere. Talks
 * to stderr; asks the monotonic clock, nothing else. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

struct progress {
    const char *what; /* "uploading mfp-x_4.3.1.tar" */
    const char *of;   /* what is counted, "backups"; NULL: bytes */
    int fd;           /* where to talk */
    bool is_terminal;
    bool is_quiet;
    int64_t already; /* bytes that were there at the start: not part of the rate */
    int64_t started_ms, said_ms;
    int64_t done, total; /* as last told; total -1: unknown */
};

void progress_begin(struct progress *progress, const char *what, int64_t already, int64_t total);
/* Shaped as the transfers' callback: ctx is the progress. */
void progress_tell(void *ctx, int64_t done, int64_t total);
void progress_end(struct progress *progress); /* the last word, and a new line */

/* The words of one line, without a line end, at most `columns` wide (0: as wide as it gets, without a bar).
 */
char *progress_line(struct arena *arena, const struct progress *progress, int64_t now_ms, size_t columns);
