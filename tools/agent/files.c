#include "tools/agent/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/text.h"

/* ---- memory ------------------------------------------------------------------- */

char *printer_path(const struct printer *printer, struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/%s", printer->dir, name);
}

static bool files_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    return file_read(arena, printer_path(ctx, arena, name), 8 * 1024 * 1024, out, err);
}

static bool files_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return file_write_whole(printer_path(ctx, arena, name), bytes, 0600, err);
}

struct agent_memory printer_memory(struct printer *printer)
{
    return (struct agent_memory){.ctx = printer, .load = files_load, .keep = files_keep};
}

/* ---- the folder ------------------------------------------------------------------ */

static bool components_make(const struct printer *printer, struct arena *arena, const char *const *components,
                            size_t count, struct err *err)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    if (file_exists(printer_path(printer, arena, "components.json")))
        return true;
    json_open(&j, NULL);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(components[i], '=');

        if (!equals || equals == components[i])
            return FAIL(err, ERR_INVALID, "\"%s\" is not NAME=VERSION", components[i]);
        json_text(&j, arena_text(arena, span_make(components[i], (size_t)(equals - components[i]))),
                  equals + 1);
    }
    json_close(&j);
    return file_write_whole(printer_path(printer, arena, "components.json"), buf_span(&text), 0600, err);
}

/* A machine with a hook of its own has restarted when the kernel has; else when this program has. */
static void boot_name(struct printer *printer, struct arena *arena)
{
    struct span text = {"", 0};
    struct err ignored;

    if (!hook_named(arena, printer->dir, "install.d", "reboot") ||
        !file_read(arena, "/proc/sys/kernel/random/boot_id", 64, &text, &ignored))
        text = span_of(ident_new(arena, 16));
    text = text_trim(text);
    snprintf(printer->boot, sizeof(printer->boot), "%.*s", (int)text.size, text.at);
}

bool printer_open(struct printer *printer, struct arena *arena, const char *const *components, size_t count,
                  struct err *err)
{
    static const char *const folders[] = {"tuf",      "tuf/director", "cache",     "flash",
                                          "settings", "backup",       "backup/was"};

    for (size_t i = 0; i < COUNT(folders); i++)
        if (!file_make_dirs(printer_path(printer, arena, folders[i]), 0700, err))
            return false;
    boot_name(printer, arena);
    return components_make(printer, arena, components, count, err);
}

bool printer_lock(struct printer *printer, struct arena *arena, struct err *err)
{
    const char *path = printer_path(printer, arena, "lock");
    AUTO(fd_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? FAIL(err, ERR_LOCKED, "another agent works in %s", printer->dir)
                                    : FAIL_ERRNO(err, path);
    printer->lock = fd;
    fd = -1;
    return true;
}

void printer_close(struct printer *printer)
{
    fd_closep(&printer->lock);
}
