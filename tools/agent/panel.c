#include "tools/agent/printer.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/text.h"

#define MARK_BYTES 8

bool panel_ask(const struct printer *printer, struct arena *arena, const char **mark, struct err *err)
{
    const char *made = ident_new(arena, MARK_BYTES);

    if (!file_write_whole(printer_path(printer, arena, PANEL_ASKED), span_of(made), 0600, err))
        return false;
    *mark = made;
    return true;
}

void panel_forget(const struct printer *printer)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    unlink(printer_path(printer, arena, PANEL_ASKED));
}

bool panel_is_asked(void *ctx)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return file_exists(printer_path(ctx, arena, PANEL_ASKED));
}

static struct span answer_write(struct arena *arena, const char *mark, const struct agent_backed_up *ended)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "asked", mark);
    json_text_if(&j, "id", ended->id);
    json_text_if(&j, "text", ended->text);
    json_close(&j);
    return buf_span(&text);
}

/* The answer first: who asked must not find neither. */
void panel_answered(void *ctx, const struct agent_backed_up *ended)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *asked = printer_path(ctx, arena, PANEL_ASKED);
    struct span mark;
    struct err ignored;

    if (!file_read(arena, asked, 2 * MARK_BYTES, &mark, &ignored) ||
        !file_write_whole(printer_path(ctx, arena, PANEL_ANSWERED),
                          answer_write(arena, arena_text(arena, text_trim(mark)), ended), 0600, &ignored))
        mark = (struct span){NULL, 0}; /* who asked waits in vain, and the backup is none the worse for it */
    unlink(asked);
}

bool panel_answer(const struct printer *printer, struct arena *arena, const char *mark,
                  struct agent_backed_up *out, struct err *err)
{
    const struct json *object;
    const char *asked = "";
    struct agent_backed_up ended = {.trigger = BACKUP_PANEL};
    struct span text;
    const struct json_field fields[] = {
        JSON_TEXT("asked", asked, 1, 64),
        JSON_OPT_TEXT("id", ended.id, 1, 64),
        JSON_OPT_TEXT("text", ended.text, 0, 4000),
    };

    if (!file_read(arena, printer_path(printer, arena, PANEL_ANSWERED), 64 * 1024, &text, err) ||
        !json_parse(arena, text, &object, err) || !json_read(object, fields, COUNT(fields), err))
        return false;
    if (!text_equal(asked, mark))
        return FAIL(err, ERR_NOT_FOUND, "no answer yet");
    *out = ended;
    return true;
}

/* A panel that cannot be written to disturbs nothing. */
void panel_notice(void *ctx, const char *text)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = printer_path(ctx, arena, PANEL_NOTICE);
    struct err ignored;

    fprintf(stderr, "panel: %s\n", text ? text : "(as ever)");
    if (!text || !file_write_whole(path, span_of(arena_printf(arena, "%s\n", text)), 0644, &ignored))
        unlink(path);
}
