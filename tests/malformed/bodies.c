#include "malformed/malformed.h"

#include <ctype.h>

#include "base/text.h"

#define DEPTH_MAX 6

struct writer {
    struct dice *dice;
    struct arena *arena;
    const struct json *openapi;
    struct json_out j;
};

static void write_schema(struct writer *w, const char *name, const struct json *schema, int depth);

/* "#/components/schemas/NAME" */
static const struct json *resolve(const struct writer *w, const struct json *schema)
{
    const char *ref = json_string(json_member(schema, "$ref"));
    const char *name = ref ? strrchr(ref, '/') : NULL;

    if (!name)
        return schema;
    return json_member(json_member(json_member(w->openapi, "components"), "schemas"), name + 1);
}

/* "type" may be a list: any of them. */
static const char *type_of(struct writer *w, const struct json *schema)
{
    const struct json *type = json_member(schema, "type");

    if (type && json_kind(type) == JSON_LIST && json_count(type) > 0)
        type = json_item(type, (size_t)dice_below(w->dice, (int64_t)json_count(type)));
    return type ? json_string(type) : NULL;
}

static void write_object(struct writer *w, const char *name, const struct json *schema, int depth)
{
    const struct json *properties = json_member(schema, "properties"), *one;
    const char *member;
    void *at = NULL;

    json_open(&w->j, name);
    while (depth < DEPTH_MAX && properties && (one = json_next(properties, &at, &member))) {
        if (dice_chance(w->dice, 35))
            continue;
        write_schema(w, dice_chance(w->dice, 3) ? "unexpected" : member, one, depth + 1);
        if (dice_chance(w->dice, 2))
            write_schema(w, member, one, depth + 1);
    }
    json_close(&w->j);
}

static void write_list(struct writer *w, const char *name, const struct json *schema, int depth)
{
    const struct json *items = json_member(schema, "items");
    int64_t count = dice_chance(w->dice, 5) ? dice_between(w->dice, 30, 600) : dice_below(w->dice, 4);

    json_open_list(&w->j, name);
    while (items && depth < DEPTH_MAX && count-- > 0)
        write_schema(w, NULL, items, depth + 1);
    json_close(&w->j);
}

static void write_number(struct writer *w, const char *name, const struct json *schema)
{
    int64_t low = 0, high = 0;

    if (dice_chance(w->dice, 60) && json_integer(json_member(schema, "minimum"), &low) &&
        json_integer(json_member(schema, "maximum"), &high) && high - low < INT64_MAX && low <= high)
        json_int(&w->j, name, dice_chance(w->dice, 80) ? dice_between(w->dice, low, high) : high + 1);
    else
        json_int(&w->j, name, number_for(w->dice, name));
}

static void write_text(struct writer *w, const char *name, const struct json *schema)
{
    static const char *const times[] = {"2026-09-21T14:00:00Z", "2026-09-21T25:00:00Z",
                                        "2038-01-19T03:14:08Z", "9999-12-31T23:59:59Z",
                                        "0001-01-01T00:00:00Z", "yesterday"};
    const struct json *values = json_member(schema, "enum");
    const char *text;

    if (values && json_count(values) > 0 && dice_chance(w->dice, 85))
        text = json_string(json_item(values, (size_t)dice_below(w->dice, (int64_t)json_count(values))));
    else if (json_member(schema, "format"))
        text = DICE_PICK(w->dice, times);
    else
        text = word_for(w->dice, w->arena, name ? name : "");
    json_text(&w->j, name, text);
}

static void write_any(struct writer *w, const char *name)
{
    switch (dice_below(w->dice, 5)) {
    case 0:
        json_null(&w->j, name);
        break;
    case 1:
        json_int(&w->j, name, number_for(w->dice, name));
        break;
    case 2:
        json_bool(&w->j, name, true);
        break;
    case 3:
        json_open_list(&w->j, name);
        json_close(&w->j);
        break;
    default:
        json_text(&w->j, name, word_for(w->dice, w->arena, name ? name : ""));
    }
}

static void write_schema(struct writer *w, const char *name, const struct json *schema, int depth)
{
    const struct json *is = resolve(w, schema);
    const char *type = type_of(w, is);

    if (!type || dice_chance(w->dice, 3))
        write_any(w, name);
    else if (text_equal(type, "object"))
        write_object(w, name, is, depth);
    else if (text_equal(type, "array"))
        write_list(w, name, is, depth);
    else if (text_equal(type, "integer") || text_equal(type, "number"))
        write_number(w, name, is);
    else if (text_equal(type, "boolean"))
        json_bool(&w->j, name, dice_chance(w->dice, 50));
    else if (text_equal(type, "null"))
        json_null(&w->j, name);
    else
        write_text(w, name, is);
}

/* ---- printers: their bodies are hawkBit's, and not described ------------------------------------------ */

static const char *ddi_text(struct dice *dice, struct arena *arena, const struct route *route)
{
    static const char *const executions[] = {"closed",  "proceeding", "canceled",   "scheduled", "rejected",
                                             "resumed", "download",   "downloaded", "nothing"};
    static const char *const results[] = {"success", "failure", "none", "maybe"};

    if (strstr(route->path, "installedBase"))
        return "{\"name\":\"aurora\",\"version\":\"1.0\"}";
    if (strstr(route->path, "configData"))
        return arena_printf(
            arena, "{\"mode\":\"%s\",\"data\":{\"model\":\"A\",\"nightshift.version.system\":\"%s\"}}",
            dice_chance(dice, 50) ? "merge" : "replace", word_for(dice, arena, "version"));
    return arena_printf(arena,
                        "{\"id\":\"%lld\",\"time\":\"20260921T141300\",\"status\":{\"execution\":\"%s\","
                        "\"code\":%lld,\"result\":"
                        "{\"finished\":\"%s\",\"progress\":{\"cnt\":%lld,\"of\":5}},\"details\":[\"%s\"]}}",
                        (long long)number_for(dice, "id"), DICE_PICK(dice, executions),
                        (long long)number_for(dice, "code"), DICE_PICK(dice, results),
                        (long long)number_for(dice, "cnt"), word_for(dice, arena, "details"));
}

static const struct json *schema_of(struct arena *arena, const struct json *openapi,
                                    const struct route *route)
{
    char *method = arena_dup(arena, route->method);
    const struct json *at = json_member(json_member(openapi, "paths"), route->path);

    for (char *c = method; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    at = json_member(json_member(json_member(at, method), "requestBody"), "content");
    return json_member(json_member(at, "application/json"), "schema");
}

struct span body_make(struct dice *dice, struct arena *arena, const struct place *place,
                      const struct route *route)
{
    const struct json *schema = schema_of(arena, place->openapi, route);
    struct buf *text = ARENA_NEW(arena, struct buf);
    struct writer w = {.dice = dice, .arena = arena, .openapi = place->openapi, .j = {.buf = text}};

    text->arena = arena;
    if (!schema)
        buf_text(text, word_for(dice, arena, route->body_max == BODY_SINK ? "bytes" : "body"));
    else if (!json_member(schema, "$ref") && !json_member(schema, "properties"))
        buf_text(text, ddi_text(dice, arena, route));
    else
        write_schema(&w, NULL, schema, 0);
    return dice_chance(dice, 25) ? break_bytes(dice, arena, buf_span(text)) : buf_span(text);
}
