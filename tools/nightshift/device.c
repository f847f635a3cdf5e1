#include "tools/nightshift/device.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/blast.h"
#include "tools/nightshift/cli.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "DEVICE", "id", FIELD_PLAIN },
    { "STATE", "state", FIELD_PLAIN },
    { "STATUS", "status", FIELD_PLAIN },
    { "FAMILY", "family", FIELD_PLAIN },
    { "MODEL", "model", FIELD_PLAIN },
    { "SITE", "site", FIELD_PLAIN },
    { "VERSIONS", "components", FIELD_PLAIN },
    { "DOING", "action.state", FIELD_PLAIN },
    { "LAST SEEN", "last_seen", FIELD_PLAIN },
};

static const struct field facts[] = {
    { "device", "id", FIELD_PLAIN },
    { "state", "state", FIELD_PLAIN },
    { "quarantined", "quarantine.at", FIELD_PLAIN },
    { "because", "quarantine.why", FIELD_PLAIN },
    { "status", "status", FIELD_PLAIN },
    { "family", "family", FIELD_PLAIN },
    { "model", "model", FIELD_PLAIN },
    { "serial", "serial", FIELD_PLAIN },
    { "customer", "customer", FIELD_PLAIN },
    { "site", "site", FIELD_PLAIN },
    { "zone", "zone", FIELD_PLAIN },
    { "tags", "tags", FIELD_PLAIN },
    { "quirk", "quirk", FIELD_PLAIN },
    { "versions", "components", FIELD_PLAIN },
    { "attributes", "attributes", FIELD_PLAIN },
    { "last seen", "last_seen", FIELD_PLAIN },
    { "address", "address", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN },
    { "enrolled", "enrolled", FIELD_PLAIN },
    { "recipient", "recipient", FIELD_PLAIN },
    { "last backup", "backup.last", FIELD_PLAIN },
    { "backup wanted", "backup.wanted", FIELD_PLAIN },
    { "settings", "drift.text", FIELD_PLAIN },
    { "last report", "report.at", FIELD_PLAIN },
    { "refuses", "report.attack", FIELD_PLAIN },
    { "trusted root", "report.image_root", FIELD_PLAIN },
    { "same serial as", "same_serial", FIELD_PLAIN },
    { "formerly", "former", FIELD_PLAIN },
    { "action", "action.id", FIELD_PLAIN },
    { "action is", "action.state", FIELD_PLAIN },
    { "of release", "action.release.version", FIELD_PLAIN },
    { "error", "action.error", FIELD_PLAIN },
    { "token", "token", FIELD_PLAIN },
};

const struct option_row device_list_options[] = {
    { "family", "FAMILY", "of this family", false, false },
    { "model", "MODEL", "of this model", false, false },
    { "site", "SITE", "at this site", false, false },
    { "state", "STATE", "waiting, active, quarantined or retired", false, false },
    { "tag", "TAG", "with this tag", false, false },
    { "status", "STATUS", "unknown, registered, pending, in_sync or error", false, false },
    { "begins", "TEXT", "whose id begins so", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_show_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_add_options[] = {
    { "family", "FAMILY", "its family", false, false },
    { "model", "MODEL", "its model", false, false },
    { "serial", "TEXT", "its serial number", false, false },
    { "site", "SITE", "where it stands", false, false },
    { "quirk", "QUIRK", "none, suricatta, rauc, zephyr or plain", false, false },
    { "tag", "TAG", "a tag", false, true },
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_patch_options[] = {
    { "site", "SITE", "where it stands", false, false },
    { "customer", "NAME", "whose it is", false, false },
    { "family", "FAMILY", "its family", false, false },
    { "model", "MODEL", "its model", false, false },
    { "quirk", "QUIRK", "none, suricatta, rauc, zephyr or plain", false, false },
    { "tag", "TAG", "its tags from now on", false, true },
    { "no-tags", NULL, "it has no tags", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_approve_options[] = {
    { "reason", "TEXT", "why it is the true one, where two claimed to be it", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_retire_options[] = {
    BLAST_DRY_RUN,
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_token_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_ask_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static char *path_of(struct cli *cli, const char *after)
{
    return cli_path(cli, "/api/v1/devices/", options_word(&cli->options, 0), after);
}

bool device_list_command(struct cli *cli, struct err *err)
{
    static const char *const filters[] = {"family", "model", "site", "state", "tag", "status"};
    struct buf query = {.arena = cli->arena};
    const char *begins = options_text(&cli->options, "begins");

    for (size_t i = 0; i < COUNT(filters); i++) {
        const char *value = options_text(&cli->options, filters[i]);

        if (value)
            buf_printf(&query, "%s%s=%s", query.size ? "&" : "", filters[i], text_escape(cli->arena, value));
    }
    if (begins)
        buf_printf(&query, "%sq=%s", query.size ? "&" : "", text_escape(cli->arena, begins));
    return list_command(cli, "/api/v1/devices", buf_cstr(&query), columns, COUNT(columns), err);
}

/* A new identity with the serial of another one: a board may have been swapped, and only a person says so. */
static void say_swap(const struct json *device)
{
    const char *other = json_string(json_item(json_member(device, "same_serial"), 0));

    if (other && !json_count(json_member(device, "former")))
        cli_next("if it is the same machine, repaired: nightshift device join NEW --former OLD --work-order "
                 "TEXT");
}

static void say_clone(const struct json *device)
{
    const char *id = json_string(json_member(device, "id"));

    if (text_equal(json_string(json_member(device, "state")), "quarantined"))
        cli_next("two machines claim to be it. Make a code for the true one: nightshift claim make --device "
                 "%s; enrol it again; then: nightshift device approve %s --reason TEXT",
                 id, id);
}

/* Which item it was is in the backups; whoever may open them sees it. */
void device_say_drift(const struct json *told)
{
    const struct json *drift = json_member(told, "drift");
    const char *state = json_string(json_member(drift, "state"));
    int64_t before, after;

    if ((text_equal(state, "drifted") || text_equal(state, "unread")) &&
        json_integer(json_member(drift, "before"), &before) &&
        json_integer(json_member(drift, "after"), &after))
        cli_next("what the update changed: nightshift backup diff %lld %lld", (long long)before,
                 (long long)after);
}

bool device_show_command(struct cli *cli, struct err *err)
{
    const struct json *device;

    if (!cli_get(cli, path_of(cli, NULL), &device, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, device, facts, COUNT(facts));
    device_say_drift(device);
    say_swap(device);
    say_clone(device);
    return true;
}

static bool shown(struct cli *cli, const struct json *device)
{
    if (!cli_printed_json(cli))
        facts_print(cli, device, facts, COUNT(facts));
    return true;
}

bool device_add_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *device;

    json_text(&body, "id", options_word(&cli->options, 0));
    cli_add_text(cli, &body, "family", "family");
    cli_add_text(cli, &body, "model", "model");
    cli_add_text(cli, &body, "serial", "serial");
    cli_add_text(cli, &body, "site", "site");
    cli_add_text(cli, &body, "quirk", "quirk");
    cli_add_list(cli, &body, "tag", "tags");
    if (!cli_send(cli, "POST", "/api/v1/devices", &body, &device, err))
        return false;
    shown(cli, device);
    cli_next("put the token into the device; it is not shown again");
    return true;
}

bool device_patch_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *device;

    cli_add_text(cli, &body, "site", "site");
    cli_add_text(cli, &body, "customer", "customer");
    cli_add_text(cli, &body, "family", "family");
    cli_add_text(cli, &body, "model", "model");
    cli_add_text(cli, &body, "quirk", "quirk");
    cli_add_list(cli, &body, "tag", "tags");
    if (options_has(&cli->options, "no-tags") && !options_has(&cli->options, "tag")) {
        json_open_list(&body, "tags");
        json_close(&body);
    }
    if (body.buf->size == 1)
        return MISUSE(cli, err, "nothing to change was given");
    return cli_send(cli, "PATCH", path_of(cli, NULL), &body, &device, err) && shown(cli, device);
}

/* A POST with nothing to say but its path. */
static bool post(struct cli *cli, const char *after, const struct json **out, struct err *err)
{
    struct json_out body = cli_body(cli);

    return cli_send(cli, "POST", path_of(cli, after), &body, out, err);
}

bool device_approve_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *device;

    cli_add_text(cli, &body, "reason", "reason");
    return cli_send(cli, "POST", path_of(cli, "/approve"), &body, &device, err) && shown(cli, device);
}

bool device_retire_command(struct cli *cli, struct err *err)
{
    const struct json *device;
    bool goes_on;

    if (!blast_ask(cli, path_of(cli, NULL), "Retire this device?", &goes_on, err))
        return false;
    return !goes_on || (post(cli, "/retire", &device, err) && shown(cli, device));
}

bool device_ask_command(struct cli *cli, struct err *err)
{
    if (!post(cli, "/attributes", NULL, err))
        return false;
    cli_say("it will be asked at its next check-in");
    return true;
}

bool device_token_command(struct cli *cli, struct err *err)
{
    const struct json *answer;
    const char *token;

    if (!post(cli, "/token", &answer, err))
        return false;
    token = json_string(json_member(answer, "token"));
    if (!cli_printed_json(cli))
        cli_print("%s\n", token ? token : "");
    cli_next("put the token into the device; the old one stopped working, and this one is not shown again");
    return true;
}
