#include "tools/nightshift/backup.h"

#include <unistd.h>

#include "base/file.h"
#include "tools/nightshift/sealed.h"
#include "tools/nightshift/table.h"

/* clang-format off */
const struct option_row backup_open_options[] = {
    SEALED_IDENTITY,
    { "list", NULL,   "say its categories instead", false, false },
    { "out",  "FILE", "write the tar there, 0600 [stdout]", false, false },
    { NULL, NULL, NULL, false, false },
};
static const struct field columns[] = {
    { "CATEGORY", "name", FIELD_PLAIN }, { "CLASS", "class", FIELD_PLAIN }, { "ITEMS", "items", FIELD_PLAIN },
    { "SIZE", "size", FIELD_BYTES }, { "SHA256", "sha256", FIELD_SHORT },
};
static const struct field facts[] = {
    { "device", "controller_id", FIELD_PLAIN }, { "model", "model", FIELD_PLAIN }, { "serial", "serial", FIELD_PLAIN },
    { "firmware", "firmware", FIELD_PLAIN }, { "taken", "time", FIELD_PLAIN },
};
/* clang-format on */

static bool list_it(struct cli *cli, const struct snapshot *snapshot, struct err *err)
{
    struct buf text = {.arena = cli->arena};
    struct json_out j = {.buf = &text};
    const struct json *head;

    snapshot_describe(snapshot, &j, NULL);
    if (!json_parse(cli->arena, buf_span(&text), &head, err))
        return false;
    if (cli->is_json) {
        cli_print("%s\n", buf_cstr(&text));
        return true;
    }
    facts_print(cli, head, facts, COUNT(facts));
    cli_print("\n");
    table_print(cli, json_member(head, "categories"), columns, COUNT(columns));
    return true;
}

static bool write_it(struct cli *cli, int fd, struct err *err)
{
    const char *path = options_text(&cli->options, "out");
    struct span tar;

    if (!memory_map(cli->arena, fd, &tar, err))
        return false;
    if (!path)
        return file_write_all(STDOUT_FILENO, tar, err);
    if (!file_write_whole(path, tar, 0600, err))
        return false;
    cli_say("note: the settings of the device lie open in %s; remove it when done", path);
    return true;
}

bool backup_open_command(struct cli *cli, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *by = NULL;
    bool is_list = options_has(&cli->options, "list");
    struct sealed sealed;

    if (!is_list && !options_has(&cli->options, "out") && isatty(STDOUT_FILENO))
        return MISUSE(cli, err, "a tar is nothing for a terminal: give --list, --out FILE or a pipe");
    if (!sealed_identity(cli, "opening needs an identity", &by, err) ||
        !sealed_read(cli, options_word(&cli->options, 0), by, &sealed, err))
        return false;
    return is_list ? list_it(cli, &sealed.snapshot, err) : write_it(cli, sealed.fd, err);
}
