#include "tools/nightshift/cli.h"

#include "tools/nightshift/table.h"
#include "tools/nightshift/window.h"

/* clang-format off */
static const struct field facts[] = {
    { "tenant", "name", FIELD_PLAIN },
    { "poll every (s)", "poll_sleep_s", FIELD_PLAIN },
    { "gateway token", "gateway_on", FIELD_PLAIN },
    { "target tokens", "target_token_on", FIELD_PLAIN },
    { "certificates", "certificate_on", FIELD_PLAIN },
    { "certificate issuer", "certificate_issuer", FIELD_PLAIN },
    { "new devices wait", "approval_on", FIELD_PLAIN },
    { "devices confirm", "confirmation_on", FIELD_PLAIN },
    { "four eyes", "four_eyes_on", FIELD_PLAIN },
    { "updates at once", "at_once", FIELD_PLAIN },
    { "bytes offered an hour", "bytes_hour", FIELD_PLAIN },
    { "window", "window", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN },
};

const struct option_row tenant_show_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row tenant_patch_options[] = {
    { "poll-sleep", "SECONDS", "time between check-ins", false, false },
    { "gateway", "ON", "accept the gateway token: on or off", false, false },
    { "target-tokens", "ON", "accept tokens of single devices: on or off", false, false },
    { "certificates", "ON", "accept device certificates: on or off", false, false },
    { "issuer", "TEXT", "who must have issued them", false, false },
    { "approval", "ON", "new devices wait for an operator: on or off", false, false },
    { "confirmation", "ON", "devices say yes before they update: on or off", false, false },
    { "window", "FROM-TO", "hours of devices that have none of their own; 22:00-05:00 or 22:00+PT7H", false, false },
    { "days", "LIST", "the days it starts on [mo,tu,we,th,fr,sa,su]", false, false },
    { "window-rule", "RRULE", "days by a rule, such as FREQ=MONTHLY;BYDAY=-1SU", false, false },
    { "not-on", "DATE", "a date it does not start on", false, true },
    { "zone", "NAME", "IANA zone of these hours [each site's]", false, false },
    { "no-window", NULL, "they may be touched any time again", false, false },
    { "four-eyes", "ON", "who uploads a release does not publish it alone: on or off", false, false },
    { "at-once", "N", "updates under way at once, by whatever rollout or hand; 0: no limit", false, false },
    { "bytes-hour", "N", "bytes that rollouts offer within an hour; 0: no limit", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row tenant_gateway_token_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool tenant_show_command(struct cli *cli, struct err *err)
{
    return show_command(cli, "/api/v1/tenant", facts, COUNT(facts), err);
}

bool tenant_patch_command(struct cli *cli, struct err *err)
{
    /* clang-format off */
    static const struct {
        const char *option, *member;
    } switches[] = {{"gateway", "gateway_on"},
                    {"target-tokens", "target_token_on"},
                    {"certificates", "certificate_on"},
                    {"approval", "approval_on"},
                    {"confirmation", "confirmation_on"},
                    {"four-eyes", "four_eyes_on"}};
    /* clang-format on */
    struct json_out body = cli_body(cli);
    const struct json *tenant;

    for (size_t i = 0; i < COUNT(switches); i++)
        if (!cli_add_bool(cli, &body, switches[i].option, switches[i].member, err))
            return false;
    cli_add_text(cli, &body, "issuer", "certificate_issuer");
    if (!cli_add_int(cli, &body, "poll-sleep", "poll_sleep_s", 1, 86399, err) ||
        !cli_add_int(cli, &body, "at-once", "at_once", 0, 10000000, err) ||
        !cli_add_int(cli, &body, "bytes-hour", "bytes_hour", 0, INT64_MAX, err))
        return false;
    if (options_has(&cli->options, "no-window"))
        json_null(&body, "window");
    else if (!window_add(cli, &body, true, err))
        return false;
    if (body.buf->size == 1)
        return MISUSE(cli, err, "nothing to change was given");
    if (!cli_send(cli, "PATCH", "/api/v1/tenant", &body, &tenant, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, tenant, facts, COUNT(facts));
    return true;
}

bool tenant_gateway_token_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *answer;
    const char *token;

    if (!cli_send(cli, "POST", "/api/v1/tenant/gateway-token", &body, &answer, err))
        return false;
    token = json_string(json_member(answer, "token"));
    if (!cli_printed_json(cli))
        cli_print("%s\n", token ? token : "");
    cli_next("put it where devices are made; it is not shown again, and whoever has it can be any device");
    return true;
}
