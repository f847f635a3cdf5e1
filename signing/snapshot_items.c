#include "signing/snapshot_parts.h"

#include <stdlib.h>

#include "base/text.h"

#define VALUES_MAX (JSON_VALUES_MAX - 8) /* what the reader of JSON takes, less the frame */
#define VALUES_OF_ITEM 3                 /* itself, its id, its object of fields */

/* ---- what an item may be ------------------------------------------------------------------------- */

static bool check_id(const char *id, struct err *err)
{
    size_t size = id ? strlen(id) : 0;

    if (size < 1 || size > SNAPSHOT_ID_MAX || !text_is_utf8(span_make(id, size)))
        return FAIL(err, ERR_INVALID, "member \"id\" is a text of 1 to %d bytes", SNAPSHOT_ID_MAX);
    for (size_t i = 0; i < size; i++)
        if ((uint8_t)id[i] < 0x20 || id[i] == 0x7F)
            return FAIL(err, ERR_INVALID, "member \"id\" must not hold control characters");
    return true;
}

static bool check_field(const struct snapshot_field *field, struct err *err)
{
    if (!snapshot_field_check(field->name, err))
        return false;
    if (!field->value || !text_is_utf8(span_of(field->value)))
        return FAIL(err, ERR_INVALID, "field \"%s\" must be a text", field->name);
    if (strlen(field->value) > SNAPSHOT_VALUE_MAX)
        return FAIL(err, ERR_TOO_LARGE, "field \"%s\" is longer than %d bytes", field->name,
                    SNAPSHOT_VALUE_MAX);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct snapshot_field *)a)->name, ((const struct snapshot_field *)b)->name);
}

static int by_id(const void *a, const void *b)
{
    return snapshot_id_compare(((const struct snapshot_item *)a)->id, ((const struct snapshot_item *)b)->id);
}

static bool settle_item(struct arena *arena, struct snapshot_item *item, struct err *err)
{
    struct snapshot_field *fields = ARENA_MANY(arena, struct snapshot_field, item->field_count + 1);

    if (item->field_count > SNAPSHOT_FIELDS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "an item has at most %d fields", SNAPSHOT_FIELDS_MAX);
    for (size_t i = 0; i < item->field_count; i++) {
        fields[i] = item->fields[i];
        if (!check_field(&fields[i], err))
            return false;
    }
    qsort(fields, item->field_count, sizeof(*fields), by_name);
    for (size_t i = 1; i < item->field_count; i++)
        if (text_equal(fields[i - 1].name, fields[i].name))
            return FAIL(err, ERR_INVALID, "field \"%s\" comes twice", fields[i].name);
    item->fields = fields;
    return true;
}

static bool check_doubles(const struct snapshot_item *items, size_t count, struct err *err)
{
    for (size_t i = 1; i < count; i++)
        if (text_equal(items[i - 1].id, items[i].id))
            return FAIL(err, ERR_INVALID, "two items have the id \"%s\"", items[i].id);
    return true;
}

bool snapshot_items_settle(struct arena *arena, struct snapshot_category *category, struct err *err)
{
    size_t count = category->item_count, values = 0;
    struct snapshot_item *items;

    if (count > SNAPSHOT_ITEMS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "a category has at most %d items", SNAPSHOT_ITEMS_MAX);
    items = ARENA_MANY(arena, struct snapshot_item, count + 1);
    for (size_t i = 0; i < count; i++) {
        items[i] = category->items[i];
        if (!check_id(items[i].id, err) || !settle_item(arena, &items[i], err))
            return err_within(err, "item %zu", i + 1);
        values += items[i].field_count + VALUES_OF_ITEM;
    }
    if (values > VALUES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "a category has at most %d values in all", VALUES_MAX);
    qsort(items, count, sizeof(*items), by_id);
    if (!check_doubles(items, count, err))
        return false;
    category->items = items;
    return true;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static void read_fields(struct arena *arena, const struct json *object, struct snapshot_item *out)
{
    struct snapshot_field *fields = ARENA_MANY(arena, struct snapshot_field, json_count(object) + 1);
    const struct json *value;
    const char *name;
    void *at = NULL;
    size_t i = 0;

    while ((value = json_next(object, &at, &name)))
        fields[i++] = (struct snapshot_field){name, json_string(value)};
    out->fields = fields;
    out->field_count = i;
}

static bool read_item(struct arena *arena, const struct json *value, struct snapshot_item *out,
                      struct err *err)
{
    const struct json *object = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT     ("id",     out->id, 1, SNAPSHOT_ID_MAX),
        JSON_OBJECT_OF("fields", object),
    };
    /* clang-format on */
    if (!json_read(value, fields, COUNT(fields), err))
        return false;
    if (json_count(object) > SNAPSHOT_FIELDS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "an item has at most %d fields", SNAPSHOT_FIELDS_MAX);
    read_fields(arena, object, out);
    return true;
}

bool snapshot_items_read(struct arena *arena, struct span bytes, struct snapshot_category *out,
                         struct err *err)
{
    const struct json *root, *list = NULL;
    const struct json_field fields[] = {JSON_LIST_OF("items", list, SNAPSHOT_ITEMS_MAX)};

    if (!json_parse(arena, bytes, &root, err) || !json_read(root, fields, COUNT(fields), err))
        return false;
    size_t count = json_count(list);
    struct snapshot_item *items = ARENA_MANY(arena, struct snapshot_item, count + 1);
    struct snapshot_category read = *out;

    for (size_t i = 0; i < count; i++)
        if (!read_item(arena, json_item(list, i), &items[i], err))
            return err_within(err, "item %zu", i + 1);
    read.items = items;
    read.item_count = count;
    if (!snapshot_items_settle(arena, &read, err))
        return false;
    *out = read;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------- */

struct span snapshot_items_write(struct arena *arena, const struct snapshot_category *category)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < category->item_count; i++) {
        const struct snapshot_item *item = &category->items[i];

        json_open(&j, NULL);
        json_text(&j, "id", item->id);
        json_open(&j, "fields");
        for (size_t k = 0; k < item->field_count; k++)
            json_text(&j, item->fields[k].name, item->fields[k].value);
        json_close(&j);
        json_close(&j);
    }
    json_close(&j);
    json_close(&j);
    return buf_span(&text);
}
