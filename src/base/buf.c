#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

/* Makes room for that many more bytes and a NUL. The old bytes stay valid: they are the arena's. */
static void reserve(struct buf *buf, size_t more)
{
    if (buf->at && more < buf->room - buf->size)
        return;
    size_t room = buf->room ? buf->room * 2 : 256;

    if (room <= buf->size + more)
        room = buf->size + more + 1;
    char *at = arena_take(buf->arena, room);
    if (buf->size)
        memcpy(at, buf->at, buf->size);
    buf->at = at;
    buf->room = room;
}

void buf_add(struct buf *buf, struct span bytes)
{
    reserve(buf, bytes.size);
    if (bytes.size)
        memcpy(buf->at + buf->size, bytes.at, bytes.size);
    buf->size += bytes.size;
    buf->at[buf->size] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, span_of(text));
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, span_make(&c, 1));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;

    reserve(buf, 0);
    va_start(args, format);
    va_copy(again, args);
    size_t left = buf->room - buf->size;
    int wanted = vsnprintf(buf->at + buf->size, left, format, args);
    if (wanted > 0 && (size_t)wanted >= left) {
        reserve(buf, (size_t)wanted);
        vsnprintf(buf->at + buf->size, buf->room - buf->size, format, again);
    }
    if (wanted > 0)
        buf->size += (size_t)wanted;
    va_end(again);
    va_end(args);
}

struct span buf_span(const struct buf *buf)
{
    return span_make(buf_cstr(buf), buf->size);
}

const char *buf_cstr(const struct buf *buf)
{
    return buf->at ? buf->at : "";
}
