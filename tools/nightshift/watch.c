#include "tools/nightshift/watch.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

struct picture {
    bool is_terminal;
    size_t lines;        /* of the last one */
    struct arena *arena; /* of the last one's text */
    const char *last;
};

static size_t lines_of(const char *text)
{
    size_t lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void draw(struct picture *picture, const char *text)
{
    if (text_equal(text, picture->last))
        return;
    if (picture->is_terminal && picture->lines)
        cli_print("\033[%zuA\033[J", picture->lines);
    cli_print("%s%s", text, picture->is_terminal ? "" : "\n");
    fflush(stdout);
    picture->lines = lines_of(text);
    arena_reset(picture->arena);
    picture->last = arena_dup(picture->arena, text);
}

/* One look, with memory of its own: a watch may last for weeks. */
static bool look(struct cli *cli, const struct watch *watch, struct picture *picture, bool *is_done,
                 struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct cli now = *cli;
    struct buf text = {.arena = arena};
    const struct json *thing;
    const char *state;

    now.arena = arena;
    if (!cli_get(&now, watch->path, &thing, err))
        return false;
    state = json_string(json_member(thing, "state"));
    if (cli->is_json)
        buf_printf(&text, "%.*s\n", (int)now.answer.size, now.answer.at);
    else
        watch->add(&text, thing);
    draw(picture, buf_cstr(&text));
    *is_done = watch->is_over(state);
    cli->exit_code = *is_done && !text_equal(state, watch->good) ? CLI_REFUSED : CLI_DONE;
    return true;
}

bool watch_follow(struct cli *cli, const struct watch *watch, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct picture picture = {.is_terminal = isatty(STDOUT_FILENO) && !cli->is_json, .arena = arena};
    int64_t every_s = 2;
    bool is_done = false;

    if (!options_int(&cli->options, "every", 1, 3600, &every_s, err)) {
        cli->is_misused = true;
        return false;
    }
    while (!cli_stop) {
        if (!look(cli, watch, &picture, &is_done, err)) {
            if (err->code != ERR_IO && err->code != ERR_BUSY)
                return false;
            cli_say("%s; looking again", err->text);
        }
        if (is_done)
            return true;
        nanosleep(&(struct timespec){every_s, 0}, NULL);
    }
    return true;
}
