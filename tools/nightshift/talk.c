#include "tools/nightshift/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

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
