#include "tools/nightshift/table.h"

#include <inttypes.h>

#include "base/text.h"

#define SHORT_CHARS 12

/* ---- one value ------------------------------------------------------------------- */

const struct json *field_find(const struct json *object, const char *member)
{
    char name[64];
    struct span rest = span_of(member), piece;

    while (object && text_split(&rest, '.', &piece)) {
        if (piece.size >= sizeof(name))
            return NULL;
        memcpy(name, piece.at, piece.size);
        name[piece.size] = '\0';
        object = json_member(object, name);
    }
    return object;
}

const char *field_clean(struct arena *arena, const char *text)
{
    struct buf out = {.arena = arena};

    for (const char *at = text; *at; at++) {
        bool is_c1 = at[0] == '\xc2' && (unsigned char)at[1] >= 0x80 && (unsigned char)at[1] < 0xa0;

        if (is_c1)
            at++;
        buf_char(&out, is_c1 || (unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at);
    }
    return buf_cstr(&out);
}

static void add_value(struct buf *out, const struct json *value);

static void add_members(struct buf *out, const struct json *object)
{
    const struct json *value;
    const char *name;
    void *at = NULL;
    bool is_first = true;

    while ((value = json_next(object, &at, &name))) {
        buf_printf(out, "%s%s=", is_first ? "" : ", ", name);
        add_value(out, value);
        is_first = false;
    }
}

static void add_value(struct buf *out, const struct json *value)
{
    int64_t number;

    switch (json_kind(value)) {
    case JSON_STRING:
        buf_text(out, json_string(value) ? json_string(value) : "?");
        break;
    case JSON_INTEGER:
        if (json_integer(value, &number))
            buf_printf(out, "%" PRId64, number);
        break;
    case JSON_REAL:
        buf_printf(out, "%g", json_real(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        buf_text(out, json_is_true(value) ? "yes" : "no");
        break;
    case JSON_LIST:
        for (size_t i = 0; i < json_count(value); i++) {
            if (i)
                buf_text(out, ", ");
            add_value(out, json_item(value, i));
        }
        break;
    case JSON_OBJECT:
        add_members(out, value);
        break;
    case JSON_NULL:
        break;
    }
}

static const char *value_text(struct arena *arena, const struct json *value, enum field_kind kind)
{
    struct buf out = {.arena = arena};
    int64_t number;

    if (kind == FIELD_BYTES && json_integer(value, &number))
        return text_bytes(arena, number);
    if (kind == FIELD_COUNT_OF)
        return arena_printf(arena, "%zu", json_count(value));
    add_value(&out, value);
    if (kind == FIELD_SHORT && out.size > SHORT_CHARS)
        out.at[SHORT_CHARS] = '\0';
    return field_clean(arena, buf_cstr(&out));
}

const char *field_text(struct arena *arena, const struct json *object, const struct field *field)
{
    const struct json *value = field_find(object, field->member);
    const char *text;

    if (!value)
        return "-";
    text = value_text(arena, value, field->kind);
    return text[0] ? text : "-";
}

/* ---- many, one --------------------------------------------------------------------- */

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void add_cell(struct buf *out, const char *text, size_t width, bool is_last)
{
    buf_text(out, text);
    for (size_t used = width_of(text); !is_last && used < width + 2; used++)
        buf_char(out, ' ');
    if (is_last)
        buf_char(out, '\n');
}

void table_add(struct buf *out, const struct json *items, const struct field *fields, size_t count)
{
    size_t rows = json_count(items);
    const char **cells = ARENA_MANY(out->arena, const char *, (rows + 1) * count);
    size_t *widths = ARENA_MANY(out->arena, size_t, count);

    for (size_t column = 0; column < count; column++)
        cells[column] = fields[column].title;
    for (size_t i = 0; i < rows; i++)
        for (size_t column = 0; column < count; column++)
            cells[(i + 1) * count + column] = field_text(out->arena, json_item(items, i), &fields[column]);
    for (size_t i = 0; i < (rows + 1) * count; i++)
        if (width_of(cells[i]) > widths[i % count])
            widths[i % count] = width_of(cells[i]);
    for (size_t i = 0; i < (rows + 1) * count; i++)
        add_cell(out, cells[i], widths[i % count], i % count == count - 1);
}

void table_print(struct cli *cli, const struct json *items, const struct field *fields, size_t count)
{
    struct buf out = {.arena = cli->arena};

    table_add(&out, items, fields, count);
    cli_print("%s", buf_cstr(&out));
}

void facts_print(struct cli *cli, const struct json *object, const struct field *fields, size_t count)
{
    size_t width = 0;

    for (size_t i = 0; i < count; i++)
        if (width_of(fields[i].title) > width)
            width = width_of(fields[i].title);
    for (size_t i = 0; i < count; i++) {
        const char *text = field_text(cli->arena, object, &fields[i]);

        if (!text_equal(text, "-"))
            cli_print("%-*s  %s\n", (int)width, fields[i].title, text);
    }
}

/* ---- commands that only look --------------------------------------------------------- */

bool list_command(struct cli *cli, const char *path, const char *query, const struct field *fields,
                  size_t count, struct err *err)
{
    struct buf url = {.arena = cli->arena};
    const struct json *answer, *items;
    const char *cursor = options_text(&cli->options, "cursor");
    int64_t limit = 200;

    if (!options_int(&cli->options, "limit", 1, 500, &limit, err)) {
        cli->is_misused = true;
        return false;
    }
    buf_printf(&url, "%s?limit=%" PRId64, path, limit);
    if (!text_blank(query))
        buf_printf(&url, "&%s", query);
    if (cursor)
        buf_printf(&url, "&cursor=%s", text_escape(cli->arena, cursor));
    if (!cli_get(cli, buf_cstr(&url), &answer, err))
        return false;
    if (cli_printed_json(cli))
        return true;
    items = json_member(answer, "items");
    if (json_count(items))
        table_print(cli, items, fields, count);
    else
        cli_say("none");
    if (json_string(json_member(answer, "next")))
        cli_say("there are more: --cursor %s", json_string(json_member(answer, "next")));
    return true;
}

bool show_command(struct cli *cli, const char *path, const struct field *fields, size_t count,
                  struct err *err)
{
    const struct json *answer;

    if (!cli_get(cli, path, &answer, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, answer, fields, count);
    return true;
}
