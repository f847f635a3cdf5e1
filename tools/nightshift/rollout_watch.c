#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "tools/nightshift/rollout.h"

/* clang-format off */
const struct option_row rollout_watch_options[] = {
    { "every", "SECONDS", "time between two looks [2]", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* On a terminal the picture is redrawn in place; elsewhere it is printed again when it has changed. */
struct watch {
    bool is_terminal;
    size_t lines;        /* of the last picture */
    struct arena *arena; /* of the last picture's text */
    const char *last;
};

static size_t lines_of(const char *text)
{
    size_t lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void draw(struct watch *watch, const char *picture)
{
    if (text_equal(picture, watch->last))
        return;
    if (watch->is_terminal && watch->lines)
        cli_print("\033[%zuA\033[J", watch->lines);
    cli_print("%s%s", picture, watch->is_terminal ? "" : "\n");
    fflush(stdout);
    watch->lines = lines_of(picture);
    arena_reset(watch->arena);
    watch->last = arena_dup(watch->arena, picture);
}

static bool is_over(const char *state)
{
    return text_equal(state, "finished") || text_equal(state, "aborted") || text_equal(state, "halted");
}

/* One look, with memory of its own: a watch may last for weeks. */
static bool look(struct cli *cli, const char *id, struct watch *watch, bool *is_done, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct cli now = *cli;
    struct buf picture = {.arena = arena};
    const struct json *rollout;
    const char *state;

    now.arena = arena;
    if (!cli_get(&now, rollout_path(&now, id, NULL), &rollout, err))
        return false;
    state = json_string(json_member(rollout, "state"));
    if (cli->is_json)
        buf_printf(&picture, "%.*s\n", (int)now.answer.size, now.answer.at);
    else
        rollout_add(&picture, rollout);
    draw(watch, buf_cstr(&picture));
    *is_done = is_over(state);
    cli->exit_code = *is_done && !text_equal(state, "finished") ? CLI_REFUSED : CLI_DONE;
    return true;
}

static bool follow(struct cli *cli, const char *id, int64_t every_s, struct watch *watch, struct err *err)
{
    bool is_done = false;

    while (!cli_stop) {
        if (!look(cli, id, watch, &is_done, err)) {
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

bool rollout_watch_command(struct cli *cli, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct watch watch = {.is_terminal = isatty(STDOUT_FILENO) && !cli->is_json, .arena = arena};
    int64_t every_s = 2;
    const char *id;

    if (!options_int(&cli->options, "every", 1, 3600, &every_s, err)) {
        cli->is_misused = true;
        return false;
    }
    if (!rollout_id(cli, &id, err) || !follow(cli, id, every_s, &watch, err))
        return false;
    if (cli->exit_code == CLI_REFUSED)
        cli_next("nightshift rollout devices %s --state failed", id);
    return true;
}
