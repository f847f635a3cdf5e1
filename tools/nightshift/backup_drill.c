#include "tools/nightshift/daemon.h"

#include <unistd.h>

/* clang-format off */
const struct option_row backup_drill_options[] = {
    { "sample",   "N",    "open this many, picked at random [20]", false, false },
    { "all",      NULL,   "open every backup", false, false },
    { "out",      "DIR",  "write the opened tars there [nothing is written]", false, false },
    { "identity", "FILE", "customer custody: the key that opens them", false, false },
    { "report",   "FILE", "write the signed report there", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

#define ARGS_MAX 24

/* nightshiftd owns the store's rooms and therefore the drill; its exit code becomes ours. */
bool backup_drill_command(struct cli *cli, struct err *err)
{
    static const char *const passed[] = {"sample", "out", "identity", "report"};
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
    if (options_has(&cli->options, "all"))
        argv[count++] = "--all";
    if (cli->is_json)
        argv[count++] = "--json";
    execvp(argv[0], (char **)(uintptr_t)argv);
    return FAIL_ERRNO(err, "running nightshiftd");
}
