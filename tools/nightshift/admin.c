#include "tools/nightshift/daemon.h"

#include <stdlib.h>
#include <unistd.h>

/* clang-format off */
const struct option_row admin_backup_options[] = {
    { "dir", "DIR", "the service's folder", true, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row admin_restore_options[] = {
    { "dir", "DIR", "the new folder", true, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row admin_scrub_options[] = {
    { "subset", "N/T", "only the Nth of T parts [all]", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* nightshiftd owns the store's rooms and therefore what is done to them; argv[0] is put in. */
static bool run(struct cli *cli, const char **argv, struct err *err)
{
    argv[0] = daemon_path(cli->arena);
    unsetenv("NIGHTSHIFT_PASSPHRASE");
    execvp(argv[0], (char **)(uintptr_t)argv);
    return FAIL_ERRNO(err, "running nightshiftd");
}

static bool copy(struct cli *cli, const char *what, struct err *err)
{
    const char *argv[] = {"",
                          what,
                          options_word(&cli->options, 0),
                          "--dir",
                          options_text(&cli->options, "dir"),
                          cli->is_json ? "--json" : NULL,
                          NULL};

    return run(cli, argv, err);
}

bool admin_backup_command(struct cli *cli, struct err *err)
{
    cli_next(
        "once it is whole: nightshift admin restore %s --dir NEW, on another machine, to see that it works",
        options_word(&cli->options, 0));
    return copy(cli, "--copy", err);
}

bool admin_restore_command(struct cli *cli, struct err *err)
{
    cli_next("once it is whole: nightshiftd --dir %s", options_text(&cli->options, "dir"));
    return copy(cli, "--restore", err);
}

bool admin_scrub_command(struct cli *cli, struct err *err)
{
    const char *subset = options_text(&cli->options, "subset");
    const char *argv[] = {"",
                          "--check",
                          "--dir",
                          options_word(&cli->options, 0),
                          "--subset",
                          subset ? subset : "1/1",
                          cli->is_json ? "--json" : NULL,
                          NULL};

    return run(cli, argv, err);
}
