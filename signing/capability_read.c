#include "signing/capability.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"

#define MODEL_CHARS_MAX 64

/* ---- one field ----------------------------------------------------------------------------------- */

static bool check_value(const struct capability_value *all, size_t count, const struct capability_value *one,
                        struct err *err)
{
    if (text_blank(one->own) || text_blank(one->common) || strlen(one->own) > 64 || strlen(one->common) > 64)
        return FAIL(err, ERR_INVALID, "\"values\" says for each value its common name, of 1 to 64 bytes");
    for (size_t i = 0; i < count; i++)
        if (text_equal(all[i].common, one->common))
            return FAIL(err, ERR_INVALID, "values \"%s\" and \"%s\" are both \"%s\"", all[i].own, one->own,
                        one->common);
    return true;
}

static bool read_values(struct arena *arena, const struct json *object, struct capability_field *out,
                        struct err *err)
{
    size_t count = json_count(object);
    struct capability_value *all = ARENA_MANY(arena, struct capability_value, count + 1);
    const struct json *value;
    const char *name;
    void *at = NULL;

    if (count > CAPABILITY_VALUES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "\"values\" has more than %d", CAPABILITY_VALUES_MAX);
    while (object && (value = json_next(object, &at, &name))) {
        struct capability_value one = {name, json_string(value)};

        if (!check_value(all, out->value_count, &one, err))
            return false;
        all[out->value_count++] = one;
    }
    out->values = all;
    return true;
}

static bool check_field(const struct capability_field *field, const struct snapshot_kind *kind,
                        struct err *err)
{
    bool is_secret = snapshot_field_is_secret(kind, field->name);

    if (field->default_value && !capability_value_common(field, field->default_value))
        return FAIL(err, ERR_INVALID, "\"default\" is none of its values");
    if (is_secret && (field->default_value || field->value_count || field->refers || field->may_cut))
        return FAIL(err, ERR_INVALID, "a secret has no values, no default, points nowhere and is never cut");
    if (field->refers && (field->value_count || field->default_value || field->may_cut))
        return FAIL(err, ERR_INVALID, "what points at others has no values, no default and is never cut");
    if (is_secret != snapshot_field_is_secret(kind, field->common))
        return FAIL(err, ERR_INVALID, "a secret under one name is no secret under the other (\"as\")");
    return true;
}

static bool read_field(struct arena *arena, const struct snapshot_kind *kind, const struct json *value,
                       struct capability_field *out, struct err *err)
{
    const struct json *values = NULL;
    const char *refers = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_OPT_TEXT     ("as",       out->common,         1, SNAPSHOT_FIELD_MAX),
        JSON_OPT_INT      ("max",      out->max,            1, SNAPSHOT_VALUE_MAX),
        JSON_OPT_BOOL     ("cut",      out->may_cut),
        JSON_OPT_BOOL     ("person",   out->is_from_person),
        JSON_OPT_BOOL     ("required", out->is_required),
        JSON_OPT_TEXT     ("default",  out->default_value,  0, 64),
        JSON_OPT_TEXT     ("refers",   refers,              1, 64),
        JSON_OPT_OBJECT_OF("values",   values),
    };
    /* clang-format on */
    if (!snapshot_field_check(out->name, err) || !json_read(value, fields, COUNT(fields), err) ||
        !snapshot_field_check(out->common, err))
        return false;
    if (refers && !snapshot_kind_need(refers, &out->refers, err))
        return err_within(err, "\"refers\"");
    return read_values(arena, values, out, err) && check_field(out, kind, err);
}

/* ---- one category -------------------------------------------------------------------------------- */

static bool check_names(const struct capability_category *category, const struct capability_field *field,
                        struct err *err)
{
    const struct capability_field *other = capability_common(category, field->common);

    if (other)
        return FAIL(err, ERR_INVALID, "it and \"%s\" are both \"%s\" elsewhere", other->name, field->common);
    return true;
}

static bool read_fields(struct arena *arena, const struct json *object, struct capability_category *out,
                        struct err *err)
{
    struct capability_field *all = ARENA_MANY(arena, struct capability_field, json_count(object) + 1);
    const struct json *value;
    const char *name;
    void *at = NULL;

    if (json_count(object) > SNAPSHOT_FIELDS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "an item has at most %d fields", SNAPSHOT_FIELDS_MAX);
    out->fields = all;
    while ((value = json_next(object, &at, &name))) {
        struct capability_field one = {.name = name, .common = name};

        if (!read_field(arena, out->kind, value, &one, err) || !check_names(out, &one, err))
            return err_within(err, "field \"%.64s\"", name);
        all[out->field_count++] = one;
    }
    return true;
}

static bool check_unique(const struct capability_category *category, struct err *err)
{
    if (!category->unique)
        return true;
    if (!capability_field(category, category->unique))
        return FAIL(err, ERR_INVALID, "\"unique\" names no field of it");
    if (snapshot_field_is_secret(category->kind, category->unique))
        return FAIL(err, ERR_INVALID, "\"unique\" names a secret");
    return true;
}

static bool read_category(struct arena *arena, const struct json *value, struct capability_category *out,
                          struct err *err)
{
    const struct json *object = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_INT      ("max",    out->max,    0, CAPABILITY_ENTRIES_MAX),
        JSON_OPT_TEXT ("unique", out->unique, 1, SNAPSHOT_FIELD_MAX),
        JSON_OBJECT_OF("fields", object),
    };
    /* clang-format on */
    return json_read(value, fields, COUNT(fields), err) && read_fields(arena, object, out, err) &&
           check_unique(out, err);
}

static bool read_categories(struct arena *arena, const struct json *object, struct capability *out,
                            struct err *err)
{
    struct capability_category *all = ARENA_MANY(arena, struct capability_category, SNAPSHOT_KINDS);
    const struct json *value;
    const char *name;
    void *at = NULL;

    out->categories = all;
    while ((value = json_next(object, &at, &name))) {
        struct capability_category one = {0};

        /* Names come once each and from a table of as many: there is room. */
        if (!snapshot_kind_need(name, &one.kind, err) || !read_category(arena, value, &one, err))
            return err_within(err, "category \"%.64s\"", name);
        all[out->category_count++] = one;
    }
    return true;
}

/* What points at a category that the model does not have would always dangle. */
static bool check_references(const struct capability *capability, struct err *err)
{
    for (size_t i = 0; i < capability->category_count; i++)
        for (size_t k = 0; k < capability->categories[i].field_count; k++) {
            const struct capability_field *field = &capability->categories[i].fields[k];

            if (field->refers && !capability_category(capability, field->refers))
                return FAIL(err, ERR_INVALID,
                            "category \"%s\": field \"%s\" refers to \"%s\", which the model does not have",
                            capability->categories[i].kind->name, field->name, field->refers->name);
        }
    return true;
}

/* ---- the file ------------------------------------------------------------------------------------ */

static bool check_head(const struct capability *capability, const char *format, struct err *err)
{
    if (!text_equal(format, CAPABILITY_FORMAT))
        return FAIL(err, ERR_INVALID, "member \"format\" must be \"%s\"; this program reads no other",
                    CAPABILITY_FORMAT);
    for (const char *c = capability->model; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7F)
            return FAIL(err, ERR_INVALID, "member \"model\" must not hold control characters");
    return text_name(capability->family, "member \"family\"", MODEL_CHARS_MAX, err);
}

static bool read_document(struct arena *arena, const struct json *root, struct capability *out,
                          struct err *err)
{
    const struct json *categories = NULL;
    const char *format = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT     ("format",     format,      1, 64),
        JSON_TEXT     ("model",      out->model,  1, MODEL_CHARS_MAX),
        JSON_TEXT     ("family",     out->family, 1, MODEL_CHARS_MAX),
        JSON_OBJECT_OF("categories", categories),
    };
    /* clang-format on */
    return json_read(root, fields, COUNT(fields), err) && check_head(out, format, err) &&
           read_categories(arena, categories, out, err) && check_references(out, err);
}

bool capability_read(struct arena *arena, struct span bytes, struct capability *out, struct err *err)
{
    struct capability read = {0};
    const struct json *root;
    struct span canonical;
    char digest[HASH_HEX_MAX];

    if (bytes.size > CAPABILITY_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "the model's descriptor is larger than %d bytes",
                    CAPABILITY_BYTES_MAX);
    if (!json_parse(arena, bytes, &root, err) || !read_document(arena, root, &read, err) ||
        !canonical_write(arena, root, &canonical, err))
        return err_within(err, "the model's descriptor");
    hash_hex_of(HASH_SHA256, canonical, digest);
    read.digest = arena_dup(arena, digest);
    *out = read;
    return true;
}
