#include "tools/nightshift/blast.h"

#include <inttypes.h>

#include "base/text.h"
#include "signing/key.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "FAMILY", "name", FIELD_PLAIN },
    { "THRESHOLD", "threshold", FIELD_PLAIN },
    { "MODELS", "models", FIELD_PLAIN },
    { "KEYS", "keys", FIELD_COUNT_OF },
};

static const struct field facts[] = {
    { "family", "name", FIELD_PLAIN },
    { "threshold", "threshold", FIELD_PLAIN },
    { "models", "models", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN },
};

static const struct field keys[] = {
    { "KEYID", "keyid", FIELD_PLAIN },
    { "NAME", "name", FIELD_PLAIN },
    { "REGISTERED", "registered", FIELD_PLAIN },
    { "REVOKED", "revoked", FIELD_PLAIN },
};

const struct option_row family_list_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row family_show_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row family_add_options[] = {
    { "model", "MODEL", "a model of this family", true, true },
    { "threshold", "N", "how many engineers must sign a release [1]", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row family_key_add_options[] = {
    { "name", "NAME", "whose key it is [the name in the file]", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row family_key_revoke_options[] = {
    BLAST_DRY_RUN,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static bool show(struct cli *cli, const struct json *family)
{
    const struct json *list = json_member(family, "keys");

    if (cli_printed_json(cli))
        return true;
    facts_print(cli, family, facts, COUNT(facts));
    if (json_count(list)) {
        cli_print("\n");
        table_print(cli, list, keys, COUNT(keys));
    }
    return true;
}

bool family_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/families", "", columns, COUNT(columns), err);
}

bool family_show_command(struct cli *cli, struct err *err)
{
    const struct json *family;

    return cli_get(cli, cli_path(cli, "/api/v1/families/", options_word(&cli->options, 0), NULL), &family,
                   err) &&
           show(cli, family);
}

bool family_add_command(struct cli *cli, struct err *err)
{
    const char *name = options_word(&cli->options, 0);
    struct json_out body = cli_body(cli);
    const struct json *family;

    json_text(&body, "name", name);
    if (!options_has(&cli->options, "threshold"))
        json_int(&body, "threshold", 1);
    if (!cli_add_int(cli, &body, "threshold", "threshold", 1, 32, err))
        return false;
    cli_add_list(cli, &body, "model", "models");
    if (!cli_send(cli, "POST", "/api/v1/families", &body, &family, err))
        return false;
    show(cli, family);
    cli_next("let engineers sign for it: nightshift family key-add %s KEY-FILE", name);
    return true;
}

bool family_key_add_command(struct cli *cli, struct err *err)
{
    const char *family_name = options_word(&cli->options, 0), *given = options_text(&cli->options, "name");
    char name[KEY_NAME_CHARS + 1];
    struct key_public key;
    struct json_out body = cli_body(cli);
    const struct json *family;

    if (!key_public_load(options_word(&cli->options, 1), &key, name, err))
        return false;
    json_text(&body, "name", given ? given : name);
    json_text(&body, "public", text_hex(cli->arena, key.bytes, sizeof(key.bytes)));
    if (!cli_send(cli, "POST", cli_path(cli, "/api/v1/families/", family_name, "/keys"), &body, &family, err))
        return false;
    cli_say("key %.12s of %s may sign releases of %s", key.id, given ? given : name, family_name);
    return show(cli, family);
}

bool family_key_revoke_command(struct cli *cli, struct err *err)
{
    const char *family = options_word(&cli->options, 0), *keyid = options_word(&cli->options, 1);
    const char *path = cli_path(cli, cli_path(cli, "/api/v1/families/", family, "/keys/"), keyid, NULL);
    bool goes_on;

    if (!blast_ask(cli, path, "Revoke this key?", &goes_on, err))
        return false;
    if (!goes_on)
        return true;
    if (!cli_ask(cli, "DELETE", path, (struct span){NULL, 0}, NULL, err))
        return false;
    cli_say("key %.12s signs no more releases of %s", keyid, family);
    cli_next("see what it signed: nightshift release list --family %s", family);
    return true;
}
