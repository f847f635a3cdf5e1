#include "tools/nightshift/backup.h"

#include "base/text.h"
#include "signing/snapshot_diff.h"
#include "tools/nightshift/sealed.h"

/* clang-format off */
const struct option_row backup_diff_options[] = {
    SEALED_IDENTITY,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

void diff_print(const char *text)
{
    if (text_blank(text))
        cli_say("the settings are the same");
    else
        cli_print("%s", text);
}

/* The service opens both, where it may. */
static bool ask(struct cli *cli, const char *a, const char *b, struct err *err)
{
    const struct json *answer;
    const char *text;

    if (!cli_get(cli, backup_path(cli, a, cli_path(cli, "/diff/", b, NULL)), &answer, err))
        return backup_no(cli, err, "where the customer has the key, compare here: --identity FILE");
    if (cli_printed_json(cli))
        return true;
    text = json_string(json_member(answer, "text"));
    diff_print(text ? text : "");
    return true;
}

static void diff_json(struct cli *cli, const char *a, const char *b, const struct snapshot_diff *diff)
{
    struct buf text = {.arena = cli->arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "a", a);
    json_text(&j, "b", b);
    json_span(&j, "text", snapshot_diff_text(cli->arena, diff));
    snapshot_diff_json(diff, &j, "diff");
    json_close(&j);
    cli_print("%s\n", buf_cstr(&text));
}

static bool compare_here(struct cli *cli, const char *a, const char *b, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *by = NULL;
    struct sealed before, after;
    struct snapshot_diff diff;

    if (!sealed_identity(cli, "files are opened here", &by, err) || !sealed_read(cli, a, by, &before, err) ||
        !sealed_read(cli, b, by, &after, err))
        return false;
    snapshot_diff(cli->arena, &before.snapshot, &after.snapshot, &diff);
    if (cli->is_json)
        diff_json(cli, a, b, &diff);
    else
        diff_print(arena_text(cli->arena, snapshot_diff_text(cli->arena, &diff)));
    return true;
}

bool backup_diff_command(struct cli *cli, struct err *err)
{
    const char *a = options_word(&cli->options, 0), *b = options_word(&cli->options, 1);

    if (options_has(&cli->options, "identity") || sealed_is_file(a) || sealed_is_file(b))
        return compare_here(cli, a, b, err);
    return cli_connect(cli, err) && ask(cli, a, b, err);
}
