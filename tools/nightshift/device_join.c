#include "tools/nightshift/cli.h"

#include "base/text.h"

/* clang-format off */
const struct option_row device_join_options[] = {
    { "former",       "DEVICE", "what the machine was called before", true, false },
    { "work-order",   "TEXT",   "the order under which it was repaired, kept for ever", true, false },
    { "force-serial", NULL,     "the new board has lost the serial number, or says another", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* A board swap: a new identity that claims an old serial is joined to its history by a person, never by
 * itself. */
bool device_join_command(struct cli *cli, struct err *err)
{
    const char *device = options_word(&cli->options, 0), *former = options_text(&cli->options, "former");
    struct json_out body = cli_body(cli);

    json_text(&body, "former", former);
    cli_add_text(cli, &body, "work-order", "work_order");
    if (options_has(&cli->options, "force-serial"))
        json_bool(&body, "force_serial", true);
    if (!cli_confirmed(arena_printf(cli->arena, "Is %s the repaired machine that was %s? %s is retired.",
                                    device, former, former)))
        return FAIL(err, ERR_CONFLICT, "not joined");
    if (!cli_send(cli, "POST", cli_path(cli, "/api/v1/devices/", device, "/join"), &body, NULL, err)) {
        if (err->code == ERR_CONFLICT)
            cli->advice = "compare the serials: nightshift device show DEVICE; --force-serial is for a board "
                          "that has lost its own";
        return false;
    }
    if (!cli_printed_json(cli))
        cli_say("%s is what %s was; %s is retired", device, former, former);
    cli_next("its settings come from the former one's backups: nightshift backup list --device %s", former);
    return true;
}
