#include "tools/nightshift/daemon.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "tools/nightshift/sealed.h"

/* clang-format off */
const struct option_row backup_drill_options[] = {
    { "sample",   "N",    "open this many, picked at random [20]", false, false },
    { "all",      NULL,   "open every backup", false, false },
    { "out",      "DIR",  "write the opened tars there [nothing is written]", false, false },
    { "identity", "FILE", "customer custody: the key that opens them", false, false },
    { "report",   "FILE", "write the signed report there", false, false },
    { "sign",     "KEY",  "sign it with this key [the copy's online key]", false, false },
    { "seed",     "N",    "pick the same ones as with this number before", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

#define ARGS_MAX 24

/* A service has no terminal to ask on. */
static bool pass_phrase(struct cli *cli, struct err *err)
{
    const char *path = options_text(&cli->options, "identity"), *words;

    if (!path || !sealed_is_locked_away(path) || getenv("NIGHTSHIFT_PASSPHRASE"))
        return true;
    words = cli_passphrase(cli->arena, arena_printf(cli->arena, "passphrase of %s", path));
    if (text_blank(words))
        return FAIL(err, ERR_FORBIDDEN,
                    "%s is sealed: its passphrase is taken from NIGHTSHIFT_PASSPHRASE or the "
                    "terminal",
                    path);
    return setenv("NIGHTSHIFT_PASSPHRASE", words, 1) == 0 || FAIL_ERRNO(err, "passing the passphrase on");
}

/* nightshiftd owns the store's rooms and therefore the drill; its exit code becomes ours. */
bool backup_drill_command(struct cli *cli, struct err *err)
{
    static const char *const passed[] = {"sample", "out", "identity", "report", "sign", "seed"};
    const char *argv[ARGS_MAX] = {daemon_path(cli->arena), "--drill", "--dir",
                                  options_word(&cli->options, 0)};
    size_t count = 4;

    if (options_has(&cli->options, "all") && options_has(&cli->options, "sample"))
        return MISUSE(cli, err, "--all or --sample N, not both");
    for (size_t i = 0; i < COUNT(passed); i++) {
        if (!options_has(&cli->options, passed[i]))
            continue;
        argv[count++] = arena_printf(cli->arena, "--%s", passed[i]);
        argv[count++] = options_text(&cli->options, passed[i]);
    }
    if (!pass_phrase(cli, err))
        return false;
    if (options_has(&cli->options, "all"))
        argv[count++] = "--all";
    if (cli->is_json)
        argv[count++] = "--json";
    execvp(argv[0], (char **)(uintptr_t)argv);
    return FAIL_ERRNO(err, "running nightshiftd");
}
