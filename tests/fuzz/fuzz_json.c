/* What json_parse takes, json_copy and the writer say again in text that means the same. */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Through the writer, value by value. Nothing parsed is deeper than the writer goes. */
static void write_value(struct json_out *j, const char *name, const struct json *value)
{
    enum json_kind kind = json_kind(value);
    int64_t number = 0;

    if (kind == JSON_OBJECT || kind == JSON_LIST) {
        kind == JSON_OBJECT ? json_open(j, name) : json_open_list(j, name);
        for (size_t i = 0; i < json_count(value); i++) {
            const char *member = NULL;
            const struct json *item =
                kind == JSON_OBJECT ? json_member_at(value, i, &member) : json_item(value, i);

            write_value(j, member, item);
        }
        json_close(j);
    } else if (kind == JSON_STRING) {
        json_span(j, name, json_string_span(value));
    } else if (kind == JSON_INTEGER) {
        must(json_integer(value, &number));
        json_int(j, name, number);
    } else if (kind == JSON_REAL || kind == JSON_NULL) {
        json_copy(j, name, value);
    } else {
        json_bool(j, name, json_is_true(value));
    }
}

static const char *copied(struct arena *arena, const struct json *value)
{
    struct buf buf = {.arena = arena};
    struct json_out j = {.buf = &buf};

    json_copy(&j, NULL, value);
    return buf_cstr(&buf);
}

static void check_round_trip(struct arena *arena, const struct json *value)
{
    struct buf buf = {.arena = arena};
    struct json_out j = {.buf = &buf};
    const struct json *again;
    struct err err;

    write_value(&j, NULL, value);
    must(json_parse(arena, buf_span(&buf), &again, &err));
    must(strcmp(copied(arena, value), copied(arena, again)) == 0);
}

/* Reading fields from it must refuse or fill, whatever it is. */
static void read_fields(const struct json *value)
{
    const char *name = NULL;
    int64_t number = 50;
    const struct json *list = NULL;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("name", name, 1, 8),
        JSON_OPT_INT("n", number, 0, 99),
        JSON_OPT_LIST_OF("list", list, 3),
    };
    struct err err;

    if (!json_read(value, fields, COUNT(fields), &err))
        must(err.code == ERR_INVALID);
    if (json_read_lenient(value, fields, COUNT(fields), &err))
        must(number >= 0 && number <= 99 && (!name || strlen(name) <= 8 * 4) && json_count(list) <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct json *value;
    struct err err;

    if (!json_parse(arena, span_make(data, size), &value, &err)) {
        must(err.code == ERR_INVALID);
        return 0;
    }
    check_round_trip(arena, value);
    read_fields(value);
    return 0;
}
