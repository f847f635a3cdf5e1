#include "tools/nightshift/cli.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/key.h"
#include "tools/nightshift/sign.h"

/* clang-format off */
const struct option_row key_make_options[] = {
    { "name",   "NAME", "whose key it is [your user name]", false, false },
    { "sealed", NULL,   "lock the secret with a passphrase", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row key_show_options[] = {
    { NULL, NULL, NULL, false, false },
};
const struct option_row key_sign_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static void show(struct cli *cli, const struct key_public *key, const char *name)
{
    struct buf text = {.arena = cli->arena};
    struct json_out json = {.buf = &text};
    const char *hex = text_hex(cli->arena, key->bytes, sizeof(key->bytes));

    if (!cli->is_json) {
        cli_print("name    %s\nkeyid   %s\npublic  %s\n", name, key->id, hex);
        return;
    }
    json_open(&json, NULL);
    json_text(&json, "name", name);
    json_text(&json, "keyid", key->id);
    json_text(&json, "public", hex);
    json_close(&json);
    cli_print("%s\n", buf_cstr(&text));
}

bool key_make_command(struct cli *cli, struct err *err)
{
    const char *path = options_word(&cli->options, 0), *name = options_text(&cli->options, "name");
    const char *passphrase = NULL, *user = getenv("USER");
    AUTO(key_freep) struct key *key = NULL;

    if (!name)
        name = text_blank(user) ? "engineer" : user;
    if (options_has(&cli->options, "sealed") && !cli_passphrase_new(cli, &passphrase, err))
        return false;
    if (!key_make(name, &key, err) || !key_save(key, path, passphrase, err) ||
        !key_public_save(key_public(key), name, arena_printf(cli->arena, "%s.pub", path), err))
        return false;
    show(cli, key_public(key), name);
    if (!passphrase)
        cli_say("note: the secret in %s is not locked; --sealed locks it with a passphrase", path);
    cli_next("an admin lets it sign: nightshift family key-add FAMILY %s.pub", path);
    return true;
}

bool key_show_command(struct cli *cli, struct err *err)
{
    char name[KEY_NAME_CHARS + 1];
    struct key_public key;

    if (!key_public_load(options_word(&cli->options, 0), &key, name, err))
        return false;
    show(cli, &key, name);
    return true;
}

bool key_sign_command(struct cli *cli, struct err *err)
{
    struct sign_text asked;
    struct span bytes;

    if (!file_read(cli->arena, options_word(&cli->options, 1), TO_SIGN_MAX, &bytes, err) ||
        !sign_read(cli->arena, bytes, NULL, &asked, err))
        return false;
    sign_explain(cli, &asked, NULL);
    if (!sign_print(cli, options_word(&cli->options, 0), bytes, err))
        return false;
    cli_next("where there is a network: nightshift release hand-in ID SIGNATURE-FILE");
    return true;
}
