#include "base/text.h"
#include "tools/nightshift/rollout.h"

/* clang-format off */
const struct option_row rollout_back_options[] = {
    { "urgent", "REASON", "at once, whatever the hour: why it disturbs people", false, false },
    { "first",  "N",      "so many devices go first [a tenth, ten at most]", false, false },
    { "draft",  NULL,     "plan it, and start it later", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool ask(struct cli *cli, const char *id, const struct json **answer, struct err *err)
{
    struct json_out body = cli_body(cli);

    cli_add_text(cli, &body, "urgent", "urgent_reason");
    if (!cli_add_int(cli, &body, "first", "first", 1, 10000000, err))
        return false;
    if (options_has(&cli->options, "draft"))
        json_bool(&body, "start", false);
    return cli_send(cli, "POST", rollout_path(cli, id, "/back"), &body, answer, err);
}

bool rollout_back_command(struct cli *cli, struct err *err)
{
    const struct json *answer, *items;
    const char *id;

    if (!rollout_id(cli, &id, err) || !ask(cli, id, &answer, err))
        return false;
    items = json_member(answer, "items");
    for (size_t i = 0; i < json_count(items); i++) {
        struct buf out = {.arena = cli->arena};

        rollout_add(&out, json_item(items, i));
        if (!cli->is_json)
            cli_print("%s\n", buf_cstr(&out));
    }
    (void)cli_printed_json(cli);
    for (size_t i = 0; i < json_count(items); i++) {
        int64_t made;

        if (json_integer(json_member(json_item(items, i), "id"), &made))
            cli_next("nightshift rollout %s %lld", options_has(&cli->options, "draft") ? "start" : "watch",
                     (long long)made);
    }
    return true;
}
