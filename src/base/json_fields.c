#include "base/json.h"

#include "base/text.h"

static const char *const type_name[] = {
    [FIELD_TEXT] = "text",   [FIELD_INT] = "a whole number", [FIELD_BOOL] = "true or false",
    [FIELD_LIST] = "a list", [FIELD_OBJECT] = "an object",   [FIELD_ANY] = "a value",
};

static bool has_type(const struct json_field *field, const struct json *value)
{
    enum json_kind kind = json_kind(value);

    switch (field->type) {
    case FIELD_TEXT:
        return kind == JSON_STRING;
    case FIELD_INT:
        return kind == JSON_INTEGER;
    case FIELD_BOOL:
        return kind == JSON_TRUE || kind == JSON_FALSE;
    case FIELD_LIST:
        return kind == JSON_LIST;
    case FIELD_OBJECT:
        return kind == JSON_OBJECT;
    case FIELD_ANY:
        return true;
    }
    return false;
}

/* The text was parsed as UTF-8: every byte but a continuation starts a character. */
static int64_t characters(const char *text)
{
    int64_t count = 0;

    for (; *text; text++)
        count += ((uint8_t)*text & 0xC0) != 0x80;
    return count;
}

static bool check_bounds(const struct json_field *field, const struct json *value, struct err *err)
{
    const char *what = "";
    int64_t size = field->min;

    if (field->type == FIELD_TEXT) {
        if (!json_string(value))
            return FAIL(err, ERR_INVALID, "member \"%s\" must not hold a NUL character", field->name);
        size = characters(json_string(value));
        what = " characters";
    } else if (field->type == FIELD_LIST) {
        size = (int64_t)json_count(value);
        what = " items";
    } else if (!json_integer(value, &size)) {
        return true;
    }
    if (size < field->min || size > field->max)
        return FAIL(err, ERR_INVALID, "member \"%s\" must be %lld to %lld%s", field->name,
                    (long long)field->min, (long long)field->max, what);
    return true;
}

static bool is_left_out(const struct json_field *field, const struct json *value)
{
    return field->is_optional && json_kind(value) == JSON_NULL;
}

static bool check_field(const struct json_field *field, const struct json *value, struct err *err)
{
    if (is_left_out(field, value))
        return true;
    if (!value)
        return FAIL(err, ERR_INVALID, "member \"%s\" is missing", field->name);
    if (!has_type(field, value))
        return FAIL(err, ERR_INVALID, "member \"%s\" must be %s", field->name, type_name[field->type]);
    return field->type == FIELD_ANY || check_bounds(field, value, err);
}

static void store_field(const struct json_field *field, const struct json *value)
{
    if (is_left_out(field, value))
        return;
    if (field->type == FIELD_TEXT)
        *(const char **)field->out = json_string(value);
    else if (field->type == FIELD_INT)
        (void)json_integer(value, field->out);
    else if (field->type == FIELD_BOOL)
        *(bool *)field->out = json_is_true(value);
    else
        *(const struct json **)field->out = value;
}

static bool is_known(const char *name, const struct json_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(fields[i].name, name))
            return true;
    return false;
}

/* More members than fields means that one of the first count + 1 is unknown: the walk stays short. */
static bool refuse_unknown(const struct json *object, const struct json_field *fields, size_t count,
                           struct err *err)
{
    const char *name;

    for (size_t i = 0; i <= count && json_member_at(object, i, &name); i++)
        if (!is_known(name, fields, count))
            return FAIL(err, ERR_INVALID, "member \"%.64s\" is unknown", name);
    return true;
}

bool json_read_lenient(const struct json *object, const struct json_field *fields, size_t count,
                       struct err *err)
{
    if (json_kind(object) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "a JSON object is expected here");
    for (size_t i = 0; i < count; i++)
        if (!check_field(&fields[i], json_member(object, fields[i].name), err))
            return false;
    for (size_t i = 0; i < count; i++)
        store_field(&fields[i], json_member(object, fields[i].name));
    return true;
}

bool json_read(const struct json *object, const struct json_field *fields, size_t count, struct err *err)
{
    return refuse_unknown(object, fields, count, err) && json_read_lenient(object, fields, count, err);
}
