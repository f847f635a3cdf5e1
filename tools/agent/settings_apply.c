#include "tools/agent/printer.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

static const char *settings_path(const struct printer *printer, struct arena *arena,
                                 const struct snapshot_kind *kind)
{
    return printer_path(printer, arena, arena_printf(arena, "settings/%s.json", kind->name));
}

static const char *was_path(const struct printer *printer, struct arena *arena,
                            const struct snapshot_kind *kind)
{
    return printer_path(printer, arena, arena_printf(arena, "backup/was/%s.json", kind->name));
}

/* NULL in *out: it is not set. */
static bool collected(struct printer *printer, struct arena *arena, const struct snapshot_kind *kind,
                      const struct snapshot_category **out, struct err *err)
{
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);
    size_t count = 0;

    if (!settings_collect(printer, arena, all, &count, err))
        return false;
    *out = NULL;
    for (size_t i = 0; i < count; i++)
        if (all[i].kind == kind)
            *out = &all[i];
    return true;
}

/* ---- secrets that were not given out ---------------------------------------------------- */

static const char *value_for(const struct snapshot_kind *kind, const struct snapshot_field *field,
                             const struct snapshot_item *now)
{
    const char *value = NULL;

    if (now && !*field->value && snapshot_field_is_secret(kind, field->name))
        value = snapshot_value(now, field->name);
    return value ? value : field->value;
}

/* An empty secret says that there is one: the one that is here stays. */
static void secrets_fill(struct arena *arena, struct snapshot_category *category,
                         const struct snapshot_category *now)
{
    struct snapshot_item *items = ARENA_MANY(arena, struct snapshot_item, category->item_count + 1);

    for (size_t i = 0; i < category->item_count; i++) {
        const struct snapshot_item *from = &category->items[i];
        const struct snapshot_item *here = snapshot_item(now, from->id);
        struct snapshot_field *fields = ARENA_MANY(arena, struct snapshot_field, from->field_count + 1);

        for (size_t k = 0; k < from->field_count; k++)
            fields[k] = (struct snapshot_field){from->fields[k].name,
                                                value_for(category->kind, &from->fields[k], here)};
        items[i] = (struct snapshot_item){from->id, fields, from->field_count};
    }
    category->items = items;
}

/* ---- in force ------------------------------------------------------------------------------ */

static bool hook_apply(const struct printer *printer, struct arena *arena, const char *hook,
                       const struct snapshot_kind *kind, struct span bytes, struct err *err)
{
    const char *path = printer_path(printer, arena, arena_printf(arena, "backup/%s.json", kind->name));
    const char *argv[] = {hook, path, NULL};
    struct hook_result result = {.code = -1};
    bool has_run;

    if (!file_write_whole(path, bytes, 0600, err))
        return false;
    has_run = hook_run(argv, printer->hook_timeout_ms, &result, err);
    unlink(path);
    return has_run && (result.code == 0 || FAIL(err, ERR_CONFLICT, "code %d: %s", result.code, result.line));
}

static bool put_in_force(const struct printer *printer, struct arena *arena, const struct snapshot_kind *kind,
                         struct span bytes, struct err *err)
{
    const char *hook = hook_named(arena, printer->dir, "restore.d", kind->name);

    return hook ? hook_apply(printer, arena, hook, kind, bytes, err)
                : file_write_whole(settings_path(printer, arena, kind), bytes, 0600, err);
}

bool settings_apply(void *ctx, const struct snapshot_category *category, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    struct snapshot_category filled = *category;
    const struct snapshot_category *now;
    struct err unread; /* what is set cannot be read, so there is nothing to keep of it */

    if (collected(ctx, arena, category->kind, &now, &unread) && now)
        secrets_fill(arena, &filled, now);
    return put_in_force(ctx, arena, category->kind, snapshot_items_write(arena, &filled), err);
}

/* ---- and back ---------------------------------------------------------------------------------- */

/* True in *has: the maker has a hook for it, and it went well. */
static bool named_run(const struct printer *printer, struct arena *arena, const char *name,
                      const struct snapshot_kind *kind, bool *has, struct err *err)
{
    const char *hook = hook_named(arena, printer->dir, "restore.d", name);
    const char *argv[] = {hook, kind->name, NULL};
    struct hook_result result = {.code = -1};

    *has = hook != NULL;
    if (!hook)
        return true;
    return hook_run(argv, printer->hook_timeout_ms, &result, err) &&
           (result.code == 0 || FAIL(err, ERR_CONFLICT, "%s: code %d: %s", name, result.code, result.line));
}

static bool file_remove(const char *path, struct err *err)
{
    return unlink(path) == 0 || errno == ENOENT || FAIL_ERRNO(err, path);
}

bool settings_keep(void *ctx, const struct snapshot_kind *kind, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    const struct snapshot_category *now;
    const char *path = was_path(ctx, arena, kind);
    bool has_hook;

    if (!named_run(ctx, arena, "keep", kind, &has_hook, err))
        return err_within(err, "keeping %s", kind->name);
    if (has_hook)
        return true;
    if (!collected(ctx, arena, kind, &now, err))
        return false;
    if (now)
        return file_write_whole(path, snapshot_items_write(arena, now), 0600, err);
    return file_remove(path, err);
}

bool settings_revert(void *ctx, const struct snapshot_kind *kind, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    struct snapshot_category none = {.kind = kind};
    struct span bytes;
    bool has_hook;

    if (!named_run(ctx, arena, "revert", kind, &has_hook, err))
        return false;
    if (has_hook)
        return true;
    if (file_read(arena, was_path(ctx, arena, kind), SNAPSHOT_CATEGORY_BYTES_MAX, &bytes, err))
        return put_in_force(ctx, arena, kind, bytes, err);
    if (err->code != ERR_NOT_FOUND)
        return false;
    if (hook_named(arena, ((struct printer *)ctx)->dir, "restore.d", kind->name))
        return put_in_force(ctx, arena, kind, snapshot_items_write(arena, &none), err);
    return file_remove(settings_path(ctx, arena, kind), err);
}
