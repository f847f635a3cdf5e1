#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

/* One character, or one byte that is none. Returns how many bytes it was. */
static size_t write_odd(struct buf *buf, struct span text)
{
    static const char *const known[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    uint8_t c = (uint8_t)text.at[0];
    size_t size = text_utf8_size(text);

    if (size == 0)
        buf_text(buf, "\uFFFD");
    else if (c == '"' || c == '\\')
        buf_printf(buf, "\\%c", c);
    else if (c < 0x20 && known[c])
        buf_text(buf, known[c]);
    else if (c < 0x20)
        buf_printf(buf, "\\u%04x", c);
    else
        buf_add(buf, span_make(text.at, size));
    return size ? size : 1;
}

static bool is_plain(char c)
{
    return (uint8_t)c >= 0x20 && (uint8_t)c < 0x80 && c != '"' && c != '\\';
}

static void write_quoted(struct buf *buf, struct span text)
{
    buf_char(buf, '"');
    while (text.size > 0) {
        size_t size = 0;

        while (size < text.size && is_plain(text.at[size]))
            size++;
        if (size)
            buf_add(buf, span_make(text.at, size));
        else
            size = write_odd(buf, text);
        text = span_make(text.at + size, text.size - size);
    }
    buf_char(buf, '"');
}

/* The comma before and the name of what comes next. */
static void begin(struct json_out *j, const char *name)
{
    if (j->depth > 0) {
        if (j->has_item[j->depth - 1])
            buf_char(j->buf, ',');
        j->has_item[j->depth - 1] = true;
    }
    if (name) {
        write_quoted(j->buf, span_of(name));
        buf_char(j->buf, ':');
    }
}

/* A writer nests as deep as its code does: too deep is our own bug. */
static void open_any(struct json_out *j, const char *name, bool is_list)
{
    if (j->depth < 0 || j->depth >= JSON_DEPTH_MAX)
        abort();
    begin(j, name);
    buf_char(j->buf, is_list ? '[' : '{');
    j->has_item[j->depth] = false;
    j->is_list[j->depth] = is_list;
    j->depth++;
}

void json_open(struct json_out *j, const char *name)
{
    open_any(j, name, false);
}

void json_open_list(struct json_out *j, const char *name)
{
    open_any(j, name, true);
}

void json_close(struct json_out *j)
{
    if (j->depth <= 0)
        abort();
    j->depth--;
    buf_char(j->buf, j->is_list[j->depth] ? ']' : '}');
}

void json_span(struct json_out *j, const char *name, struct span value)
{
    begin(j, name);
    write_quoted(j->buf, value);
}

void json_text(struct json_out *j, const char *name, const char *value)
{
    if (value)
        json_span(j, name, span_of(value));
    else
        json_null(j, name);
}

void json_raw(struct json_out *j, const char *name, struct span json)
{
    begin(j, name);
    buf_add(j->buf, json);
}

void json_int(struct json_out *j, const char *name, int64_t value)
{
    begin(j, name);
    buf_printf(j->buf, "%lld", (long long)value);
}

void json_bool(struct json_out *j, const char *name, bool value)
{
    json_raw(j, name, span_of(value ? "true" : "false"));
}

void json_null(struct json_out *j, const char *name)
{
    json_raw(j, name, span_of("null"));
}

void json_number(struct json_out *j, const char *name, double value)
{
    if (!isfinite(value)) {
        json_null(j, name);
        return;
    }
    begin(j, name);
    buf_printf(j->buf, "%.6g", value);
}

void json_text_if(struct json_out *j, const char *name, const char *value)
{
    if (!text_blank(value))
        json_text(j, name, value);
}

void json_time_if(struct json_out *j, const char *name, int64_t ms)
{
    if (ms)
        json_text(j, name, text_time(j->buf->arena, ms));
}
