#include "tools/nightshift/daemon.h"

#include <stdlib.h>
#include <unistd.h>

const struct option_row store_check_options[] = {{NULL, NULL, NULL, false, false}};

/* nightshiftd owns the store's rooms and therefore the check; its exit code becomes ours. */
bool store_check_command(struct cli *cli, struct err *err)
{
    const char *argv[] = {daemon_path(cli->arena),        "--check", "--dir", options_word(&cli->options, 0),
                          cli->is_json ? "--json" : NULL, NULL};

    unsetenv("NIGHTSHIFT_PASSPHRASE");
    execvp(argv[0], (char **)(uintptr_t)argv);
    return FAIL_ERRNO(err, "running nightshiftd");
}
