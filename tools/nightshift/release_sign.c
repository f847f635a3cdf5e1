#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tools/nightshift/release.h"
#include "tools/nightshift/sign.h"

#define SIGNATURE_FILE_MAX 4096

/* clang-format off */
const struct option_row release_to_sign_options[] = {
    { "out", "FILE", "write them there [stdout]", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row release_sign_options[] = {
    { "key", "FILE", "your key, made by `nightshift key make`", true, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row release_hand_in_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* The bytes, checked: they are what the service says they are, and say nothing but this family's files. */
static bool fetch(struct cli *cli, const char *id, struct sign_text *out, struct err *err)
{
    const struct json *release;
    const char *family, *digest;
    struct answer answer;

    if (!cli_get(cli, release_path(cli, id, NULL), &release, err))
        return false;
    family = json_string(json_member(release, "family"));
    if (!family)
        return FAIL(err, ERR_INVALID, "the service's answer names no family");
    if (!client_ask(cli->client, cli->arena, "GET", release_path(cli, id, "/to-sign"), NULL,
                    (struct span){NULL, 0}, &answer, err) ||
        !cli_answer_check(cli->arena, &answer, err) || !sign_read(cli->arena, answer.body, family, out, err))
        return false;
    digest = answer_header(&answer, "X-Release-Digest");
    if (digest && !text_equal(digest, out->digest))
        return FAIL(err, ERR_IO, "the bytes to sign arrived damaged");
    return true;
}

/* What is published now, to say what would change; false when that cannot be known. */
static bool fetch_published(struct cli *cli, const struct sign_text *text, struct tuf_targets *out)
{
    struct err ignored;
    struct answer answer;
    struct tuf_file file;
    const struct json *who;
    const char *tenant;

    if (text->targets.version < 2 || !cli_get(cli, "/api/v1/whoami", &who, &ignored))
        return false;
    tenant = json_string(json_member(who, "tenant"));
    if (!tenant)
        return false;
    return client_ask(cli->client, cli->arena, "GET",
                      cli_path(cli, "/", tenant,
                               arena_printf(cli->arena, "/tuf/image/metadata/%" PRId64 ".%s.json",
                                            text->targets.version - 1, text->family)),
                      NULL, (struct span){NULL, 0}, &answer, &ignored) &&
           answer.status == 200 && tuf_file_read(cli->arena, answer.body, "targets", &file, &ignored) &&
           tuf_targets_read(cli->arena, &file, out, &ignored);
}

static void explain(struct cli *cli, const struct sign_text *text)
{
    struct tuf_targets before;

    sign_explain(cli, text, fetch_published(cli, text, &before) ? &before : NULL);
}

bool release_to_sign_command(struct cli *cli, struct err *err)
{
    const char *id, *path = options_text(&cli->options, "out");
    struct sign_text text;

    if (!release_id(cli, &id, err) || !fetch(cli, id, &text, err))
        return false;
    explain(cli, &text);
    if (path ? !file_write_whole(path, text.bytes, 0644, err)
             : !file_write_all(STDOUT_FILENO, text.bytes, err))
        return false;
    cli_next("on the machine with the key: nightshift key sign KEY-FILE %s", path ? path : "TO-SIGN");
    return true;
}

static bool hand_in(struct cli *cli, const char *id, struct json_out *body, struct err *err)
{
    const struct json *release;

    if (!cli_send(cli, "POST", release_path(cli, id, "/signatures"), body, &release, err))
        return false;
    cli_say("signature accepted");
    release_show(cli, release);
    release_say_next(release);
    return true;
}

bool release_sign_command(struct cli *cli, struct err *err)
{
    const char *id;
    AUTO(key_freep) struct key *key = NULL;
    struct sign_text text;
    struct json_out body = cli_body(cli);

    if (!release_id(cli, &id, err) || !fetch(cli, id, &text, err))
        return false;
    explain(cli, &text);
    if (!cli_confirmed("Sign this?"))
        return FAIL(err, ERR_CONFLICT, "not signed");
    if (!sign_key(cli, options_text(&cli->options, "key"), &key, err))
        return false;
    sign_write(&body, key, text.bytes);
    return hand_in(cli, id, &body, err);
}

bool release_hand_in_command(struct cli *cli, struct err *err)
{
    const char *id, *keyid = NULL, *sig = NULL, *path = options_word(&cli->options, 1);
    const struct json_field fields[] = {JSON_TEXT("keyid", keyid, KEY_ID_CHARS, KEY_ID_CHARS),
                                        JSON_TEXT("sig", sig, KEY_SIG_HEX_CHARS, KEY_SIG_HEX_CHARS)};
    struct json_out body = cli_body(cli);
    const struct json *signature;
    struct span text;

    if (!release_id(cli, &id, err) || !file_read(cli->arena, path, SIGNATURE_FILE_MAX, &text, err) ||
        !json_parse(cli->arena, text, &signature, err) || !json_read(signature, fields, COUNT(fields), err))
        return err_within(err, "%s", path);
    json_text(&body, "keyid", keyid);
    json_text(&body, "sig", sig);
    return hand_in(cli, id, &body, err);
}
