#include "base/file.h"
#include "tools/common/reconcile.h"
#include "tools/nightshift/cli.h"

#define LOG_BYTES_MAX ((size_t)4 << 30)

/* clang-format off */
const struct option_row audit_reconcile_options[] = {
    { "device", "ID", "whose log it is, by the name it goes by", true, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static void tell(struct cli *cli, const struct reconciled *found)
{
    struct buf text = {.arena = cli->arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_int(&j, "agreed", found->agreed);
    json_int(&j, "unheard", found->unheard);
    json_int(&j, "unsaid", found->unsaid);
    json_int(&j, "different", found->different);
    json_close(&j);
    if (cli->is_json)
        cli_print("%s\n", buf_cstr(&text));
    else
        cli_print("%s%lld requests agree, %lld only the device has, %lld only the service has, %lld differ\n",
                  found->findings.size ? buf_cstr(&found->findings) : "", (long long)found->agreed,
                  (long long)found->unheard, (long long)found->unsaid, (long long)found->different);
}

bool audit_reconcile_command(struct cli *cli, struct err *err)
{
    const char *device = options_text(&cli->options, "device");
    struct reconciled found;
    struct span said, heard;

    if (!file_read(cli->arena, options_word(&cli->options, 0), LOG_BYTES_MAX, &said, err) ||
        !file_read(cli->arena, options_word(&cli->options, 1), LOG_BYTES_MAX, &heard, err) ||
        !reconcile(cli->arena, device, said, heard, &found, err))
        return false;
    tell(cli, &found);
    if (!found.agreed)
        cli_say("note: nothing agrees; is it %s's log, and does the service run with log_devices?", device);
    if (found.unsaid)
        cli_next("somebody else may have its credentials: nightshift device token %s", device);
    cli->exit_code = found.unheard + found.unsaid + found.different ? CLI_REFUSED : CLI_DONE;
    return true;
}
