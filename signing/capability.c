#include "signing/capability.h"

#include "base/embedded.h"
#include "base/file.h"
#include "base/text.h"

/* ---- where descriptors come from ----------------------------------------------------------------- */

/* MFP-3125 is in mfp-3125.json. */
static bool file_of(struct arena *arena, const char *model, char **out, struct err *err)
{
    char *name;

    if (!text_name(model, "a model with a descriptor has a name that", 64, err))
        return false;
    name = arena_dup(arena, model);
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    *out = arena_printf(arena, "%s.json", name);
    return true;
}

static bool read_for(struct arena *arena, struct span bytes, const char *model, struct capability *out,
                     struct err *err)
{
    struct capability read;

    if (!capability_read(arena, bytes, &read, err))
        return false;
    if (!text_equal(read.model, model))
        return FAIL(err, ERR_INVALID, "the descriptor for \"%s\" is about \"%s\"", model, read.model);
    *out = read;
    return true;
}

static bool not_built_in(struct arena *arena, const char *model, struct err *err)
{
    struct buf known = {.arena = arena};

    for (const struct embedded *file = embedded_models; file->name; file++)
        buf_printf(&known, "%s%.*s", known.size ? ", " : "", (int)(strlen(file->name) - strlen(".json")),
                   file->name);
    return FAIL(err, ERR_NOT_FOUND, "there is no descriptor for model \"%s\"; there are %s", model,
                buf_cstr(&known));
}

bool capability_built_in(struct arena *arena, const char *model, struct capability *out, struct err *err)
{
    char *name;

    if (!file_of(arena, model, &name, err))
        return false;
    for (const struct embedded *file = embedded_models; file->name; file++)
        if (text_equal(file->name, name))
            return read_for(arena, span_make(file->at, file->size), model, out, err);
    return not_built_in(arena, model, err);
}

bool capability_find(struct arena *arena, const char *dir, const char *model, struct capability *out,
                     struct err *err)
{
    struct span bytes;
    char *name;

    if (!file_of(arena, model, &name, err))
        return false;
    const char *path = dir ? arena_printf(arena, "%s/%s", dir, name) : NULL;

    if (!path || !file_exists(path))
        return capability_built_in(arena, model, out, err);
    if (!file_read(arena, path, CAPABILITY_BYTES_MAX, &bytes, err) ||
        !read_for(arena, bytes, model, out, err))
        return err_within(err, "%s", path);
    return true;
}

/* ---- finding ------------------------------------------------------------------------------------- */

const struct capability_category *capability_category(const struct capability *capability,
                                                      const struct snapshot_kind *kind)
{
    for (size_t i = 0; i < capability->category_count; i++)
        if (capability->categories[i].kind == kind)
            return &capability->categories[i];
    return NULL;
}

const struct capability_field *capability_field(const struct capability_category *category, const char *name)
{
    for (size_t i = 0; i < category->field_count; i++)
        if (text_equal(category->fields[i].name, name))
            return &category->fields[i];
    return NULL;
}

const struct capability_field *capability_common(const struct capability_category *category,
                                                 const char *common)
{
    for (size_t i = 0; i < category->field_count; i++)
        if (text_equal(category->fields[i].common, common))
            return &category->fields[i];
    return NULL;
}

const char *capability_value_common(const struct capability_field *field, const char *own)
{
    for (size_t i = 0; i < field->value_count; i++)
        if (text_equal(field->values[i].own, own))
            return field->values[i].common;
    return field->value_count ? NULL : own;
}

const char *capability_value_own(const struct capability_field *field, const char *common)
{
    for (size_t i = 0; i < field->value_count; i++)
        if (text_equal(field->values[i].common, common))
            return field->values[i].own;
    return field->value_count ? NULL : common;
}
