#include "signing/canonical.h"

#include <stdlib.h>

#define INTEGER_MAX (INT64_C(1) << 53) /* beyond it, readers with doubles see another number */

struct member {
    const char *name;
    const struct json *value;
};

static bool write_value(struct buf *buf, const struct json *value, struct err *err) CHECKED;

/* Only quote and backslash are escaped; control characters stay raw. That is the rule of the form, and why
 * the canonical bytes of a PEM key are not JSON. */
static void write_string(struct buf *buf, struct span text)
{
    size_t start = 0;

    buf_char(buf, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] != '"' && text.at[i] != '\\')
            continue;
        buf_add(buf, span_make(text.at + start, i - start));
        buf_char(buf, '\\');
        start = i;
    }
    buf_add(buf, span_make(text.at + start, text.size - start));
    buf_char(buf, '"');
}

static bool write_integer(struct buf *buf, const struct json *value, struct err *err)
{
    int64_t n = 0;

    if (!json_integer(value, &n) || n >= INTEGER_MAX || n <= -INTEGER_MAX)
        return FAIL(err, ERR_INVALID, "canonical JSON: the integer %lld is beyond 2^53", (long long)n);
    buf_printf(buf, "%lld", (long long)n);
    return true;
}

static bool write_list(struct buf *buf, const struct json *list, struct err *err)
{
    size_t count = json_count(list);

    buf_char(buf, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(buf, ',');
        if (!write_value(buf, json_item(list, i), err))
            return false;
    }
    buf_char(buf, ']');
    return true;
}

/* Names hold no NUL (the parser refuses them), so this compares raw bytes, the shorter first. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static struct member *sorted_members(struct arena *arena, const struct json *object, size_t count)
{
    struct member *members = ARENA_MANY(arena, struct member, count);
    void *at = NULL;

    for (size_t i = 0; i < count; i++)
        members[i].value = json_next(object, &at, &members[i].name);
    qsort(members, count, sizeof(*members), by_name);
    return members;
}

static bool write_object(struct buf *buf, const struct json *object, struct err *err)
{
    size_t count = json_count(object);
    struct member *members = count ? sorted_members(buf->arena, object, count) : NULL;

    buf_char(buf, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(buf, ',');
        write_string(buf, span_of(members[i].name));
        buf_char(buf, ':');
        if (!write_value(buf, members[i].value, err))
            return false;
    }
    buf_char(buf, '}');
    return true;
}

/* As deep as the parser lets through: JSON_DEPTH_MAX. */
static bool write_value(struct buf *buf, const struct json *value, struct err *err)
{
    switch (json_kind(value)) {
    case JSON_NULL:
        buf_text(buf, "null");
        return true;
    case JSON_FALSE:
        buf_text(buf, "false");
        return true;
    case JSON_TRUE:
        buf_text(buf, "true");
        return true;
    case JSON_INTEGER:
        return write_integer(buf, value, err);
    case JSON_STRING:
        write_string(buf, json_string_span(value));
        return true;
    case JSON_LIST:
        return write_list(buf, value, err);
    case JSON_OBJECT:
        return write_object(buf, value, err);
    case JSON_REAL:
        break;
    }
    return FAIL(err, ERR_INVALID, "canonical JSON has integers only, no fractions or exponents");
}

bool canonical_write(struct arena *arena, const struct json *value, struct span *out, struct err *err)
{
    struct buf buf = {.arena = arena};

    if (!write_value(&buf, value, err))
        return false;
    *out = buf_span(&buf);
    return true;
}

bool canonical_text(struct arena *arena, struct span json, struct span *out, struct err *err)
{
    const struct json *value;

    return json_parse(arena, json, &value, err) && canonical_write(arena, value, out, err);
}
