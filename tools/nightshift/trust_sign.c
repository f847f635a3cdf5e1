#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tools/nightshift/sign.h"
#include "tools/nightshift/trust.h"

/* clang-format off */
const struct option_row trust_show_options[] = {
    { "out",    "FILE", "write the bytes to sign there", false, false },
    { "before", "FILE", "write the file in force there, to be taken along", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row trust_sign_options[] = {
    { "before", "FILE", "the file in force, to see what would change", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool fetch(struct cli *cli, const char *path, struct span *out, struct err *err)
{
    struct answer answer;

    if (!client_ask(cli->client, cli->arena, "GET", path, NULL, (struct span){NULL, 0}, &answer, err) ||
        !cli_answer_check(cli->arena, &answer, err))
        return false;
    *out = answer.body;
    return true;
}

static bool keep(struct cli *cli, const char *option, struct span bytes, struct err *err)
{
    const char *path = options_text(&cli->options, option);

    return !path || file_write_whole(path, bytes, 0644, err);
}

bool trust_show_command(struct cli *cli, struct err *err)
{
    const char *role, *out = options_text(&cli->options, "out");
    struct trust_text text, before;
    struct span bytes, in_force;

    if (!trust_role_word(cli, 0, &role, err) ||
        !fetch(cli, cli_path(cli, "/api/v1/trust/", role, "/to-sign"), &bytes, err) ||
        !trust_text_read(cli->arena, bytes, &text, err) ||
        !fetch(cli, cli_path(cli, "/api/v1/trust/", role, "/in-force"), &in_force, err) ||
        !trust_file_read(cli->arena, in_force, &before, err))
        return false;
    trust_explain(cli, &text, &before);
    if (!keep(cli, "out", bytes, err) || !keep(cli, "before", in_force, err))
        return false;
    if (out)
        cli_next("on the machine with the key: nightshift trust sign KEY-FILE %s", out);
    else
        cli_next("nightshift trust show %s --out TO-SIGN --before IN-FORCE", role);
    return true;
}

static bool explain(struct cli *cli, const struct trust_text *text, struct err *err)
{
    const char *path = options_text(&cli->options, "before");
    struct trust_text before;
    struct span bytes;

    if (path && (!file_read(cli->arena, path, TO_SIGN_MAX, &bytes, err) ||
                 !trust_file_read(cli->arena, bytes, &before, err)))
        return err_within(err, "%s", path);
    trust_explain(cli, text, path ? &before : NULL);
    return true;
}

bool trust_sign_command(struct cli *cli, struct err *err)
{
    struct trust_text text;
    struct span bytes;

    if (!file_read(cli->arena, options_word(&cli->options, 1), TO_SIGN_MAX, &bytes, err) ||
        !trust_text_read(cli->arena, bytes, &text, err) || !explain(cli, &text, err) ||
        !sign_print(cli, options_word(&cli->options, 0), bytes, err))
        return false;
    cli_next("where there is a network: nightshift trust submit %s SIGNATURE-FILE", text.paper);
    return true;
}
