#include "base/text.h"
#include "tools/nightshift/rollout.h"
#include "tools/nightshift/watch.h"

/* clang-format off */
const struct option_row rollout_watch_options[] = {
    WATCH_EVERY,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool is_over(const char *state)
{
    return text_equal(state, "draft") || text_equal(state, "finished") || text_equal(state, "aborted") ||
           text_equal(state, "halted");
}

bool rollout_watch_command(struct cli *cli, struct err *err)
{
    struct watch watch = {.add = rollout_add, .is_over = is_over, .good = "finished"};
    const char *id;

    if (!rollout_id(cli, &id, err))
        return false;
    watch.path = rollout_path(cli, id, NULL);
    if (!watch_follow(cli, &watch, err))
        return false;
    if (cli->exit_code == CLI_REFUSED)
        cli_next("nightshift rollout devices %s --state failed", id);
    return true;
}
