#include "tools/nightshift/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define TRIES_MAX 20 /* in a row without a byte getting through */
#define WAIT_FIRST_MS 250
#define WAIT_MAX_MS 8000

void cli_say(const char *format, ...)
{
    va_list args;

    fflush(stdout); /* where both are one terminal, in the order they were said */
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void cli_next(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fputs("next: ", stderr);
    fflush(stdout); /* where both are one terminal, in the order they were said */
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void cli_print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

bool cli_printed_json(struct cli *cli)
{
    if (!cli->is_json)
        return false;
    printf("%.*s\n", (int)cli->answer.size, cli->answer.size ? cli->answer.at : "");
    return true;
}

bool cli_confirmed(const char *question)
{
    char line[16] = "";

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    fprintf(stderr, "%s [y/N] ", question);
    return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

static void wipe(void *what)
{
    explicit_bzero(what, strlen(what));
}

/* One line from the terminal, unseen. */
static const char *ask_unseen(struct arena *arena, const char *question)
{
    struct termios before, quiet;
    char *line = arena_take(arena, 512);
    bool is_read;

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        return NULL;
    quiet = before;
    quiet.c_lflag &= (tcflag_t)~ECHO;
    fprintf(stderr, "%s: ", question);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    is_read = fgets(line, 512, stdin) != NULL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    if (!is_read)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    arena_defer(arena, wipe, line);
    return line;
}

const char *cli_passphrase(struct arena *arena, const char *question)
{
    const char *given = getenv("NIGHTSHIFT_PASSPHRASE");

    return given ? given : ask_unseen(arena, question);
}

bool cli_passphrase_new(struct cli *cli, const char **out, struct err *err)
{
    const char *first = cli_passphrase(cli->arena, "passphrase"), *again;

    if (text_blank(first))
        return FAIL(err, ERR_INVALID,
                    "a sealed key needs a passphrase: on the terminal or NIGHTSHIFT_PASSPHRASE");
    again = cli_passphrase(cli->arena, "once more");
    if (!text_equal(first, again))
        return FAIL(err, ERR_INVALID, "the two passphrases differ");
    *out = first;
    return true;
}

/* ---- trying again ---------------------------------------------------------------------- */

static bool is_worth_waiting(const struct err *err)
{
    return !cli_stop && (err->code == ERR_IO || err->code == ERR_BUSY || err->code == ERR_LOCKED ||
                         err->code == ERR_TOO_MANY || err->code == ERR_CONFLICT || err->code == ERR_CORRUPT);
}

static void wait_a_little(int tries)
{
    int64_t ms = WAIT_FIRST_MS << (tries < 6 ? tries : 6);
    struct timespec pause;

    if (ms > WAIT_MAX_MS)
        ms = WAIT_MAX_MS;
    pause = (struct timespec){ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

bool cli_again(int *tries, const struct err *err)
{
    if (!is_worth_waiting(err) || *tries >= TRIES_MAX)
        return false;
    cli_say("%s; trying again", err->text);
    wait_a_little((*tries)++);
    return !cli_stop;
}
