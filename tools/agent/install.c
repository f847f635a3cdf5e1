#include "tools/agent/printer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

/* ---- what is flashed ------------------------------------------------------------- */

static bool components_load(const struct printer *printer, struct arena *arena, const struct json **out,
                            struct err *err)
{
    struct span text;

    return file_read(arena, arena_printf(arena, "%s/components.json", printer->dir), 64 * 1024, &text, err) &&
           json_parse(arena, text, out, err);
}

static bool component_note(const struct printer *printer, struct arena *arena, const struct agent_part *part,
                           struct err *err)
{
    const struct json *object, *value;
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};
    const char *name;
    void *at = NULL;

    if (!components_load(printer, arena, &object, err))
        return false;
    json_open(&j, NULL);
    while ((value = json_next(object, &at, &name)))
        if (!text_equal(name, part->component))
            json_copy(&j, name, value);
    json_text(&j, part->component, part->version);
    json_close(&j);
    return file_write_whole(arena_printf(arena, "%s/components.json", printer->dir), buf_span(&text), 0600,
                            err);
}

static const char *printer_version(void *ctx, struct arena *arena, const char *component)
{
    const struct json *object;
    struct err ignored;

    return components_load(ctx, arena, &object, &ignored) ? json_string(json_member(object, component))
                                                          : NULL;
}

static void printer_attributes(void *ctx, void (*tell)(void *to, const char *name, const char *value),
                               void *to)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct json *object, *value;
    struct err ignored;
    const char *name;
    void *at = NULL;

    if (!components_load(ctx, arena, &object, &ignored))
        return;
    while ((value = json_next(object, &at, &name)))
        if (json_string(value))
            tell(to, arena_printf(arena, "component.%s", name), json_string(value));
}

#define USAGE_MAX (16 * 1024)

static const char *printer_usage(void *ctx, struct arena *arena)
{
    const struct printer *printer = ctx;
    struct span text;
    struct err ignored;

    return file_read(arena, printer_path(printer, arena, "usage.json"), USAGE_MAX, &text, &ignored)
               ? arena_text(arena, text)
               : NULL;
}

/* ---- flashing ------------------------------------------------------------------------ */

static bool copy_all(int from, int to, const char *what, struct err *err)
{
    ssize_t sent;

    while ((sent = sendfile(to, from, NULL, 1 << 20)) > 0)
        ;
    return sent == 0 ? true : FAIL_ERRNO(err, what);
}

/* The flash of a machine without hooks: a file, whole or not there. */
static bool flash(const struct printer *printer, struct arena *arena, const struct agent_part *part,
                  const char *path, struct err *err)
{
    const char *to_path = arena_printf(arena, "%s/flash/%s.bin", printer->dir, part->component);
    const char *new_path = arena_printf(arena, "%s.new", to_path);
    AUTO(fd_closep) int from = open(path, O_RDONLY | O_CLOEXEC);
    AUTO(fd_closep) int to = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (from < 0 || to < 0)
        return FAIL_ERRNO(err, to_path);
    if (!copy_all(from, to, to_path, err) || !file_sync(to, to_path, err))
        return false;
    return rename(new_path, to_path) == 0 || FAIL_ERRNO(err, to_path);
}

static bool hooks_run(const struct printer *printer, const char *const *hooks, const struct agent_part *part,
                      const char *path, struct err *err)
{
    for (size_t i = 0; hooks[i]; i++) {
        const char *argv[] = {hooks[i], part->component, path, part->version, NULL};
        struct hook_result result;

        if (!hook_run(argv, printer->hook_timeout_ms, &result, err))
            return false;
        if (result.code != 0)
            return FAIL(err, ERR_CONFLICT, "code %d: %s", result.code, result.line);
    }
    return true;
}

/* The bytes are looked at once more: they may have lain here for days. */
static bool printer_install(void *ctx, const struct agent_part *part, int64_t now_ms, int64_t *again_ms,
                            struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct printer *printer = ctx;
    const char *path = printer_file(printer, arena, part->sha256);
    const char *const *hooks = hook_list(arena, printer->dir, "install.d");

    (void)now_ms;
    (void)again_ms;
    if (!file_has_digest(path, part->sha256))
        return FAIL(err, ERR_CHECKSUM, "the file has changed since it was downloaded");
    if (hooks[0] ? !hooks_run(printer, hooks, part, path, err) : !flash(printer, arena, part, path, err))
        return false;
    return component_note(printer, arena, part, err);
}

/* ---- the rest of a machine -------------------------------------------------------------- */

static bool printer_busy(void *ctx, int64_t now_ms, char *reason, size_t room)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct printer *printer = ctx;
    const char *const *hooks = hook_list(arena, printer->dir, "busy.d");

    (void)now_ms;
    for (size_t i = 0; hooks[i]; i++) {
        const char *argv[] = {hooks[i], NULL};
        struct hook_result result = {.code = -1};
        struct err ignored;

        if (hook_run(argv, 30000, &result, &ignored) && result.code == 0)
            continue;
        if (result.line[0])
            snprintf(reason, room, "%.*s", (int)room - 1, result.line);
        return true;
    }
    return false;
}

static bool named_run(const struct printer *printer, const char *name, bool *has, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *hook = hook_named(arena, printer->dir, "install.d", name);
    const char *argv[] = {hook, NULL};
    struct hook_result result;

    *has = hook != NULL;
    if (!hook)
        return true;
    if (!hook_run(argv, printer->hook_timeout_ms, &result, err))
        return false;
    return result.code == 0 || FAIL(err, ERR_CONFLICT, "code %d: %s", result.code, result.line);
}

static bool printer_reboot(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err)
{
    struct printer *printer = ctx;
    bool has;

    (void)now_ms;
    *again_ms = 60 * 1000;
    if (!named_run(printer, "reboot", &has, err))
        return false;
    printer->wants_restart = !has;
    return true;
}

static bool printer_self_test(void *ctx, int64_t now_ms, int64_t *again_ms, struct err *err)
{
    bool has;

    (void)now_ms;
    (void)again_ms;
    return named_run(ctx, "self-test", &has, err);
}

static const char *printer_boot(void *ctx)
{
    return ((struct printer *)ctx)->boot;
}

struct agent_machine printer_machine(struct printer *printer)
{
    return (struct agent_machine){.ctx = printer,
                                  .busy = printer_busy,
                                  .install = printer_install,
                                  .reboot = printer_reboot,
                                  .self_test = printer_self_test,
                                  .boot = printer_boot,
                                  .version = printer_version,
                                  .attributes = printer_attributes,
                                  .usage = printer_usage,
                                  .notice = panel_notice};
}
