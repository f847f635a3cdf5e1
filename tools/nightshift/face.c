#include "tools/nightshift/face.h"

#include <signal.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/text.h"

/* clang-format off */
static const struct option_row service_rows[] = {
    { "url",    "URL",    "the service's address [NIGHTSHIFT_URL]", false, false },
    { "ca",     "FILE",   "trust this CA (PEM) only [NIGHTSHIFT_CA, else the system's]", false, false },
    { "token",  "TOKEN",  "your token, or @FILE that holds it [NIGHTSHIFT_TOKEN]", false, false },
    { "dir",    "DIR",    "folder of a service on this machine: address, CA and token from there", false, false },
    { "json",   NULL,     "print the service's JSON", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row page_rows[] = {
    { "limit",  "N",      "at most so many (1 to 500) [200]", false, false },
    { "cursor", "CURSOR", "go on where the last page ended", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row speed_rows[] = {
    { "speed-max", "BYTES", "at most so many bytes a second, on a link shared with others", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct option_row json_rows[] = {
    { "json",   NULL,     "print JSON", false, false },
    { NULL, NULL, NULL, false, false },
};

/* What a refusal means for the person: what to do next. */
static const struct { enum err_code code; const char *advice; } advices[] = {
    { ERR_UNKNOWN_WHO, "give a valid token with --token or NIGHTSHIFT_TOKEN; ask an admin for a new one" },
    { ERR_FORBIDDEN,   "see who you are with `nightshift whoami`; for a certificate that is not trusted give --ca" },
    { ERR_CONFLICT,    "look at it with `show`, then decide" },
    { ERR_LOCKED,      "somebody else is at it: try again in a minute" },
    { ERR_TOO_MANY,    "wait a little, then run the same command again" },
    { ERR_IO,          "is the service running and the address right? Run the same command again" },
    { ERR_BUSY,        "run the same command again in a minute" },
    { ERR_NO_SPACE,    "the disk is full: tell who runs the service" },
    { ERR_GONE,        "run the same command again to go on" },
};
/* clang-format on */

const char *face_name(struct arena *arena, const struct command *command)
{
    return arena_printf(arena, "%s%s%s", command->noun, command->verb ? " " : "",
                        command->verb ? command->verb : "");
}

struct option_face face_of(struct arena *arena, const struct command *command)
{
    struct option_face face = {.usage = arena_printf(arena, "nightshift %s", face_name(arena, command)),
                               .words = command->words,
                               .groups = {{"Options", command->rows}}};
    size_t group = 1;

    face.about = arena_printf(arena, "%c%s.%s%s", command->summary[0] - 'a' + 'A', command->summary + 1,
                              command->about ? " " : "", command->about ? command->about : "");
    if (command->summary[0] < 'a' || command->summary[0] > 'z')
        face.about = command->about ? command->about : command->summary;
    if (command->needs & NEEDS_PAGE)
        face.groups[group++] = (struct option_group){"Paging", page_rows};
    if (command->needs & NEEDS_SPEED)
        face.groups[group++] = (struct option_group){"Transfer", speed_rows};
    if (command->needs & NEEDS_SERVICE)
        face.groups[group++] = (struct option_group){FACE_SERVICE, service_rows};
    if (command->needs & NEEDS_JSON)
        face.groups[group++] = (struct option_group){"Output", json_rows};
    return face;
}

/* ---- finding ------------------------------------------------------------------- */

static const struct command *command_find(const struct command *commands, const char *noun, const char *verb)
{
    for (; commands->noun; commands++)
        if (text_equal(commands->noun, noun) && (!commands->verb || text_equal(commands->verb, verb)))
            return commands;
    return NULL;
}

static bool noun_is_known(const struct command *commands, const char *noun)
{
    for (; commands->noun; commands++)
        if (text_equal(commands->noun, noun))
            return true;
    return false;
}

void face_list(struct buf *out, const struct command *commands, const char *noun)
{
    const char *before = NULL;

    for (; commands->noun; commands++) {
        if (noun && !text_equal(commands->noun, noun))
            continue;
        if (before && !noun && !text_equal(before, commands->noun) && commands->verb)
            buf_char(out, '\n');
        buf_printf(out, "  %-22s", face_name(out->arena, commands));
        options_wrap(out, commands->summary, 24, 24);
        before = commands->noun;
    }
}

/* ---- exit 2 --------------------------------------------------------------------- */

static int list_all(struct arena *arena, const struct command *commands, const char *noun, FILE *to, int code)
{
    struct buf out = {.arena = arena};

    buf_printf(&out, "usage: nightshift %s VERB [options]\n\n", noun ? noun : "NOUN");
    face_list(&out, commands, noun);
    buf_text(&out, "\n`nightshift NOUN VERB --help` says more about one of them.\n");
    fputs(buf_cstr(&out), to);
    return code;
}

static int misused(struct arena *arena, const struct command *command, const struct err *err)
{
    cli_say("nightshift %s: %s", face_name(arena, command), err->text);
    cli_next("nightshift %s --help", face_name(arena, command));
    return CLI_MISUSED;
}

static int refused(const struct cli *cli, const struct err *err)
{
    cli_say("nightshift: %s", err->text);
    if (cli->advice)
        cli_next("%s", cli->advice);
    for (size_t i = 0; i < COUNT(advices) && !cli->advice && (cli->command->needs & NEEDS_SERVICE); i++)
        if (advices[i].code == err->code)
            cli_next("%s", advices[i].advice);
    return CLI_REFUSED;
}

/* ---- running --------------------------------------------------------------------- */

static int run(struct cli *cli)
{
    struct err err = {.code = ERR_NONE};
    bool is_done =
        ((cli->command->needs & (NEEDS_SERVICE | NEEDS_LATER)) != NEEDS_SERVICE || cli_connect(cli, &err)) &&
        cli->command->run(cli, &err);

    client_closep(&cli->client);
    if (fflush(stdout) != 0 && is_done)
        is_done = FAIL_ERRNO(&err, "writing to stdout");
    if (is_done)
        return cli->exit_code;
    return cli->is_misused ? misused(cli->arena, cli->command, &err) : refused(cli, &err);
}

static int run_command(struct arena *arena, const struct command *commands, const struct command *command,
                       int argc, char **argv)
{
    struct option_face face = face_of(arena, command);
    struct cli cli = {.arena = arena, .commands = commands, .command = command};
    struct err err;

    if (!options_parse(arena, &face, argc, argv, &cli.options, &err))
        return misused(arena, command, &err);
    if (cli.options.wants_help) {
        fputs(options_help(arena, &face), stdout);
        return CLI_DONE;
    }
    cli.is_json = (command->needs & (NEEDS_SERVICE | NEEDS_JSON)) && options_has(&cli.options, "json");
    return run(&cli);
}

static void on_signal(int signal_number)
{
    cli_stop = signal_number;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool is_help(const char *word)
{
    return text_equal(word, "help") || text_equal(word, "--help") || text_equal(word, "-h");
}

static int unknown(struct arena *arena, const struct command *commands, const char *noun, const char *verb)
{
    if (!noun_is_known(commands, noun)) {
        cli_say("nightshift: unknown command \"%s\"", noun);
        cli_next("nightshift --help");
        return CLI_MISUSED;
    }
    if (verb && is_help(verb))
        return list_all(arena, commands, noun, stdout, CLI_DONE);
    if (verb)
        cli_say("nightshift %s: unknown verb \"%s\"", noun, verb);
    return list_all(arena, commands, noun, stderr, CLI_MISUSED);
}

int face_main(const struct command *commands, int argc, char **argv)
{
    /* Tokens, passphrases and opened settings pass through it. */
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    const char *noun = argc > 1 ? argv[1] : NULL, *verb = argc > 2 ? argv[2] : NULL;
    const struct command *command;
    char *help[] = {argv[0], (char *)(uintptr_t) "--help"};

    catch_signals();
    clock_start(1, 0);
    ident_start();
    if (!noun)
        return list_all(arena, commands, NULL, stderr, CLI_MISUSED);
    if (text_equal(noun, "--version"))
        return printf("nightshift " NIGHTSHIFT_VERSION "\n") < 0;
    if (is_help(noun) && !verb)
        return list_all(arena, commands, NULL, stdout, CLI_DONE);
    if (is_help(noun)) {
        command = command_find(commands, verb, argc > 3 ? argv[3] : NULL);
        return command ? run_command(arena, commands, command, 2, help)
                       : unknown(arena, commands, verb, argc > 3 ? argv[3] : "--help");
    }
    command = command_find(commands, noun, verb);
    if (!command)
        return unknown(arena, commands, noun, verb);
    return command->verb ? run_command(arena, commands, command, argc - 2, argv + 2)
                         : run_command(arena, commands, command, argc - 1, argv + 1);
}
