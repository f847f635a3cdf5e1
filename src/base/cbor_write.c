#include "base/cbor.h"

#include "base/buf.h"
#include "base/cbor_parts.h"
#include "base/json.h"

static void put_number(struct buf *out, int first, uint64_t value, int bytes)
{
    buf_char(out, (char)first);
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        buf_char(out, (char)(value >> shift & 0xff));
}

static void put_head(struct buf *out, enum major major, uint64_t value)
{
    int first = (int)major << 5;

    if (value < 24)
        buf_char(out, (char)(first | (int)value));
    else if (value <= UINT8_MAX)
        put_number(out, first | 24, value, 1);
    else if (value <= UINT16_MAX)
        put_number(out, first | 25, value, 2);
    else if (value <= UINT32_MAX)
        put_number(out, first | 26, value, 4);
    else
        put_number(out, first | 27, value, 8);
}

static void put_integer(struct buf *out, const struct json *value)
{
    int64_t number = 0;

    (void)json_integer(value, &number);
    if (number < 0)
        put_head(out, NEGATIVE, (uint64_t)(-1 - number));
    else
        put_head(out, UINT, (uint64_t)number);
}

static void put_real(struct buf *out, const struct json *value)
{
    double number = json_real(value);
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    put_number(out, OTHER << 5 | 27, bits, 8);
}

static void put_text(struct buf *out, struct span text)
{
    put_head(out, TEXT, text.size);
    buf_add(out, text);
}

/* Nothing parsed is deeper than JSON_DEPTH_MAX. */
static void put_value(struct buf *out, const struct json *value)
{
    static const char simple[] = {[JSON_FALSE] = '\xf4', [JSON_TRUE] = '\xf5', [JSON_NULL] = '\xf6'};
    const struct json *member;
    const char *name;
    void *at = NULL;

    switch (json_kind(value)) {
    case JSON_INTEGER:
        put_integer(out, value);
        break;
    case JSON_REAL:
        put_real(out, value);
        break;
    case JSON_STRING:
        put_text(out, json_string_span(value));
        break;
    case JSON_LIST:
        put_head(out, LIST, json_count(value));
        for (size_t i = 0; i < json_count(value); i++)
            put_value(out, json_item(value, i));
        break;
    case JSON_OBJECT:
        put_head(out, MAP, json_count(value));
        while ((member = json_next(value, &at, &name)) != NULL) {
            put_text(out, span_of(name));
            put_value(out, member);
        }
        break;
    default:
        buf_char(out, simple[json_kind(value)]);
    }
}

bool cbor_from_json(struct arena *arena, struct span json, struct span *out, struct err *err)
{
    struct buf made = {.arena = arena};
    const struct json *value;

    if (!json_parse(arena, json, &value, err))
        return false;
    put_value(&made, value);
    *out = buf_span(&made);
    return true;
}
