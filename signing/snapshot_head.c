#include "signing/snapshot_parts.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"
#include "signing/manifest.h"

#define MODEL_CHARS_MAX 64
#define VERSION_CHARS_MAX 64

/* ---- reading ------------------------------------------------------------------------------------- */

struct parts { /* of the document, before they are looked into */
    const char *schema, *time;
    const struct json *firmware, *categories;
};

static bool read_members(const struct json *root, struct snapshot *out, struct parts *parts, struct err *err)
{
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT     ("schema",        parts->schema,      1, 64),
        JSON_TEXT     ("model",         out->model,         1, MODEL_CHARS_MAX),
        JSON_TEXT     ("family",        out->family,        1, MODEL_CHARS_MAX),
        JSON_OBJECT_OF("firmware",      parts->firmware),
        JSON_TEXT     ("serial",        out->serial,        0, 64),
        JSON_TEXT     ("controller_id", out->controller_id, 1, 128),
        JSON_TEXT     ("time",          parts->time,        1, 40),
        JSON_LIST_OF  ("categories",    parts->categories,  SNAPSHOT_KINDS * 2),
    };
    /* clang-format on */
    return json_read(root, fields, COUNT(fields), err);
}

static bool check_plain(const char *text, const char *what, struct err *err)
{
    for (const char *c = text; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7F)
            return FAIL(err, ERR_INVALID, "member \"%s\" must not hold control characters", what);
    return true;
}

static bool check_head(struct snapshot *out, const struct parts *parts, struct err *err)
{
    if (!text_equal(parts->schema, SNAPSHOT_SCHEMA))
        return FAIL(err, ERR_INVALID, "member \"schema\" must be \"%s\"; this program reads no other",
                    SNAPSHOT_SCHEMA);
    if (!text_time_parse(parts->time, &out->time_ms))
        return FAIL(err, ERR_INVALID, "member \"time\" must be a time like 2026-09-02T10:15:00Z");
    return text_name(out->family, "member \"family\"", MODEL_CHARS_MAX, err) &&
           check_plain(out->model, "model", err) && check_plain(out->serial, "serial", err) &&
           check_plain(out->controller_id, "controller_id", err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct snapshot_component *)a)->name, ((const struct snapshot_component *)b)->name);
}

static bool read_firmware(struct arena *arena, const struct json *object, struct snapshot *out,
                          struct err *err)
{
    const struct json *value;
    const char *name;
    void *at = NULL;

    if (json_count(object) > SNAPSHOT_COMPONENTS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "member \"firmware\" names more than %d components",
                    SNAPSHOT_COMPONENTS_MAX);
    struct snapshot_component *all = ARENA_MANY(arena, struct snapshot_component, json_count(object) + 1);

    while ((value = json_next(object, &at, &name))) {
        const char *version = json_string(value);

        if (!manifest_component_check(name, err))
            return err_within(err, "member \"firmware\"");
        if (!version || !*version || strlen(version) > VERSION_CHARS_MAX ||
            !check_plain(version, "firmware", err))
            return FAIL(err, ERR_INVALID, "member \"firmware\": the version of \"%s\" is a text of 1 to %d",
                        name, VERSION_CHARS_MAX);
        all[out->component_count++] = (struct snapshot_component){name, version};
    }
    qsort(all, out->component_count, sizeof(*all), by_name);
    out->components = all;
    return true;
}

static bool read_category(const struct json *value, struct snapshot_category *out, struct err *err)
{
    const char *name = NULL, *class = NULL;
    int64_t items = 0;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT("name",   name,        1, 64),
        JSON_TEXT("class",  class,       1, 16),
        JSON_INT ("items",  items,       0, SNAPSHOT_ITEMS_MAX),
        JSON_INT ("size",   out->size,   1, SNAPSHOT_CATEGORY_BYTES_MAX),
        JSON_TEXT("sha256", out->sha256, 64, 64),
    };
    /* clang-format on */
    if (!json_read(value, fields, COUNT(fields), err) || !snapshot_kind_need(name, &out->kind, err))
        return false;
    if (!text_equal(class, snapshot_class_name[out->kind->class]))
        return FAIL(err, ERR_INVALID, "\"%s\" is of class \"%s\" and nothing else", name,
                    snapshot_class_name[out->kind->class]);
    if (!text_is_hex(out->sha256, 64))
        return FAIL(err, ERR_INVALID, "member \"sha256\" must be 64 digits of 0-9 a-f");
    out->item_count = (size_t)items;
    return true;
}

static int by_kind(const void *a, const void *b)
{
    const struct snapshot_category *one = a, *two = b;

    return (one->kind > two->kind) - (one->kind < two->kind);
}

static bool read_categories(struct arena *arena, const struct json *list, struct snapshot *out,
                            struct err *err)
{
    size_t count = json_count(list);
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, count + 1);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        if (!read_category(json_item(list, i), &all[i], err))
            return err_within(err, "item %zu of \"categories\"", i + 1);
        out->categories = all;
        out->category_count = i;
        if (snapshot_category(out, all[i].kind))
            return FAIL(err, ERR_INVALID, "category \"%s\" is named twice", all[i].kind->name);
        sum += all[i].size;
    }
    if (count == 0)
        return FAIL(err, ERR_INVALID, "member \"categories\" is empty: nothing has been backed up");
    if (sum > SNAPSHOT_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "the categories have more than %d bytes in all", SNAPSHOT_BYTES_MAX);
    qsort(all, count, sizeof(*all), by_kind);
    out->category_count = count;
    return true;
}

bool snapshot_head_read(struct arena *arena, struct span bytes, struct snapshot *out, struct err *err)
{
    struct snapshot read = {0};
    struct parts parts = {0};
    const struct json *root;
    char digest[HASH_HEX_MAX];

    if (!json_parse(arena, bytes, &root, err) || !read_members(root, &read, &parts, err) ||
        !check_head(&read, &parts, err) || !read_firmware(arena, parts.firmware, &read, err) ||
        !read_categories(arena, parts.categories, &read, err))
        return err_within(err, SNAPSHOT_HEAD_NAME);
    hash_hex_of(HASH_SHA256, bytes, digest);
    read.digest = arena_dup(arena, digest);
    *out = read;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static void write_categories(struct json_out *j, const struct snapshot *snapshot)
{
    json_open_list(j, "categories");
    for (size_t i = 0; i < snapshot->category_count; i++) {
        const struct snapshot_category *category = &snapshot->categories[i];

        json_open(j, NULL);
        json_text(j, "name", category->kind->name);
        json_text(j, "class", snapshot_class_name[category->kind->class]);
        json_int(j, "items", (int64_t)category->item_count);
        json_int(j, "size", category->size);
        json_text(j, "sha256", category->sha256);
        json_close(j);
    }
    json_close(j);
}

void snapshot_describe(const struct snapshot *snapshot, struct json_out *j, const char *name)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();

    json_open(j, name);
    json_text(j, "schema", SNAPSHOT_SCHEMA);
    json_text(j, "model", snapshot->model);
    json_text(j, "family", snapshot->family);
    json_open(j, "firmware");
    for (size_t i = 0; i < snapshot->component_count; i++)
        json_text(j, snapshot->components[i].name, snapshot->components[i].version);
    json_close(j);
    json_text(j, "serial", snapshot->serial ? snapshot->serial : "");
    json_text(j, "controller_id", snapshot->controller_id);
    json_text(j, "time", text_time(scratch, snapshot->time_ms));
    write_categories(j, snapshot);
    json_close(j);
}

struct span snapshot_head_write(struct arena *arena, const struct snapshot *snapshot)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    snapshot_describe(snapshot, &j, NULL);
    return buf_span(&text);
}
