/* Bytes that grow, in an arena. `struct buf b = {.arena = a};` is an empty one. Always NUL-terminated. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

struct buf {
    struct arena *arena;
    char *at;
    size_t size, room;
};

void buf_add(struct buf *buf, struct span bytes);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
struct span buf_span(const struct buf *buf);
const char *buf_cstr(const struct buf *buf); /* "" when nothing was added */
