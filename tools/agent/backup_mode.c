#include "tools/agent/backup_mode.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { DONE = 0, REFUSED = 1 };

#define TRIES 3
#define LOOK_MS 200
#define WAIT_MS (15 * 60 * 1000) /* the agent that runs may be in the middle of an update */

static int refused(const struct err *err)
{
    fprintf(stderr, "nightshift-agent: %s\n", err->text);
    return REFUSED;
}

static int show(const struct backup_mode *mode, const struct agent_backed_up *ended)
{
    struct buf text = {.arena = mode->arena};
    struct json_out j = {.buf = &text};

    if (!ended->id)
        fprintf(stderr, "nightshift-agent: no backup: %s\n", ended->text ? ended->text : "");
    if (mode->is_json) {
        json_open(&j, NULL);
        json_text(&j, "backup", ended->id);
        json_text_if(&j, "text", ended->text);
        json_close(&j);
        printf("%s\n", buf_cstr(&text));
    } else if (ended->id) {
        printf("%s\n", ended->id);
    }
    return ended->id ? DONE : REFUSED;
}

/* In short naps, so that SIGTERM is obeyed at once. */
static void nap(const struct backup_mode *mode, int64_t ms)
{
    int64_t end_ms = clock_monotonic_ms() + ms;

    while (!*mode->stop && clock_monotonic_ms() < end_ms)
        usleep(LOOK_MS * 1000 / 2);
}

/* ---- by the agent that runs here ----------------------------------------------- */

static int wait_for(const struct backup_mode *mode, const char *mark)
{
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    struct agent_backed_up ended;
    struct err err;

    fprintf(stderr, "the agent that runs here was asked; it looks when its poll is over\n");
    while (!*mode->stop && clock_monotonic_ms() < end_ms) {
        if (panel_answer(mode->printer, mode->arena, mark, &ended, &err))
            return show(mode, &ended);
        if (err.code != ERR_NOT_FOUND)
            return refused(&err);
        nap(mode, LOOK_MS);
    }
    panel_forget(mode->printer);
    (void)FAIL(&err, ERR_BUSY, "no answer from the agent that runs here");
    return refused(&err);
}

/* ---- alone ---------------------------------------------------------------------- */

static void progress_say(const struct agent *agent, const struct agent_backup **before)
{
    const struct agent_backup *backup = agent_backup(agent);

    if (backup && !*before)
        fprintf(stderr, "sealed, %lld bytes; sending\n", (long long)backup->size);
    *before = backup;
}

static int make(const struct backup_mode *mode)
{
    const struct agent_backup *before = NULL;
    bool is_over = false;
    int tries = 0;
    struct err err;

    while (!*mode->stop && !is_over && tries < TRIES) {
        int64_t sleep_ms = 0;

        if (agent_back_up(mode->agent, clock_now_ms(), &is_over, &sleep_ms, &err)) {
            progress_say(mode->agent, &before);
            continue;
        }
        fprintf(stderr, "nightshift-agent: %s\n", err.text);
        tries = err.code == ERR_CONFLICT ? TRIES : tries + 1;
        nap(mode, tries < TRIES ? sleep_ms : 0);
    }
    panel_forget(mode->printer);
    return is_over ? show(mode, agent_backed_up(mode->agent)) : REFUSED;
}

int backup_mode(const struct backup_mode *mode)
{
    const char *mark;
    struct err err;
    bool is_alone = printer_lock(mode->printer, mode->arena, &err);

    if (!is_alone && err.code != ERR_LOCKED)
        return refused(&err);
    if (!panel_ask(mode->printer, mode->arena, &mark, &err))
        return refused(&err);
    return is_alone ? make(mode) : wait_for(mode, mark);
}
