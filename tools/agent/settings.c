#include "tools/agent/printer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define SUFFIX ".json"
#define SCRATCH "backup/scratch"

/* ---- what the maker's hooks write -------------------------------------------------- */

static void scratch_clear(const struct printer *printer, struct arena *arena)
{
    const char *path = printer_path(printer, arena, SCRATCH);
    DIR *dir = opendir(path);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(path);
}

static bool hooks_run(const struct printer *printer, struct arena *arena, struct err *err)
{
    const char *const *hooks = hook_list(arena, printer->dir, "backup.d");
    const char *scratch = printer_path(printer, arena, SCRATCH);

    scratch_clear(printer, arena);
    if (hooks[0] && !file_make_dirs(scratch, 0700, err))
        return false;
    for (size_t i = 0; hooks[i]; i++) {
        const char *argv[] = {hooks[i], scratch, NULL};
        struct hook_result result;

        if (!hook_run(argv, printer->hook_timeout_ms, &result, err))
            return false;
        if (result.code != 0)
            return FAIL(err, ERR_CONFLICT, "%s: code %d: %s", hooks[i], result.code, result.line);
    }
    return true;
}

/* ---- reading ------------------------------------------------------------------------- */

static bool category_read(struct arena *arena, const char *path, const struct snapshot_kind *kind,
                          struct snapshot_category *out, struct err *err)
{
    struct span bytes;

    *out = (struct snapshot_category){.kind = kind};
    return file_read(arena, path, SNAPSHOT_CATEGORY_BYTES_MAX, &bytes, err) &&
           (snapshot_items_read(arena, bytes, out, err) || err_within(err, "%s" SUFFIX, kind->name));
}

static bool kind_of(struct arena *arena, const char *file, const struct snapshot_kind **out, struct err *err)
{
    size_t stem = strlen(file) - (text_ends(file, SUFFIX) ? strlen(SUFFIX) : 0);

    if (snapshot_kind_need(arena_text(arena, span_make(file, stem)), out, err) && text_ends(file, SUFFIX))
        return true;
    return text_ends(file, SUFFIX) ? err_within(err, "%s", file)
                                   : FAIL(err, ERR_INVALID, "%s is no CATEGORY" SUFFIX, file);
}

/* Whatever lies there and is no category is refused by its name: nothing slips into a backup unseen, and
 * nothing that somebody meant to be in it stays out unseen. */
static bool folder_read(const struct printer *printer, struct arena *arena, const char *folder,
                        struct snapshot_category *all, struct err *err)
{
    const char *path = printer_path(printer, arena, folder);
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool is_well = true;

    while (is_well && dir && (entry = readdir(dir))) {
        const struct snapshot_kind *kind = NULL;

        if (entry->d_name[0] == '.')
            continue;
        is_well = kind_of(arena, entry->d_name, &kind, err) &&
                  category_read(arena, arena_printf(arena, "%s/%s", path, entry->d_name), kind,
                                &all[kind - snapshot_kinds], err);
    }
    if (dir)
        closedir(dir);
    return is_well || err_within(err, "%s", folder);
}

static bool collect(const struct printer *printer, struct arena *arena, struct snapshot_category *all,
                    struct err *err)
{
    return hooks_run(printer, arena, err) && folder_read(printer, arena, "settings", all, err) &&
           folder_read(printer, arena, SCRATCH, all, err);
}

bool settings_collect(void *ctx, struct arena *arena, struct snapshot_category *out, size_t *count,
                      struct err *err)
{
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);
    bool is_well = collect(ctx, arena, all, err);

    scratch_clear(ctx, arena);
    if (!is_well)
        return false;
    *count = 0;
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        if (all[i].kind)
            out[(*count)++] = all[i];
    return true;
}

/* ---- the sealed file ------------------------------------------------------------------- */

#define OUTGOING "backup/outgoing.age"

static bool outgoing(void *ctx, bool is_new, int *fd, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = printer_path(ctx, arena, is_new ? OUTGOING ".new" : OUTGOING);
    int opened = open(path, is_new ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);

    if (opened < 0)
        return FAIL_ERRNO(err, path);
    *fd = opened;
    return true;
}

static bool outgoing_keep(void *ctx, int fd, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = printer_path(ctx, arena, OUTGOING);

    if (!file_sync(fd, path, err))
        return false;
    if (rename(printer_path(ctx, arena, OUTGOING ".new"), path) != 0)
        return FAIL_ERRNO(err, path);
    return file_sync_dir(printer_path(ctx, arena, "backup"), err);
}

static void outgoing_drop(void *ctx)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    unlink(printer_path(ctx, arena, OUTGOING));
}

struct agent_settings printer_settings(struct printer *printer)
{
    return (struct agent_settings){.ctx = printer,
                                   .collect = settings_collect,
                                   .apply = settings_apply,
                                   .keep = settings_keep,
                                   .revert = settings_revert,
                                   .outgoing = outgoing,
                                   .outgoing_keep = outgoing_keep,
                                   .outgoing_drop = outgoing_drop,
                                   .is_asked = panel_is_asked,
                                   .answer = panel_answered};
}
