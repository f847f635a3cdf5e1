#include "tools/nightshift/sign.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/text.h"
#include "tools/nightshift/table.h"

/* ---- reading ----------------------------------------------------------------------- */

static bool family_of(struct arena *arena, const struct tuf_targets *targets, const char *given,
                      const char **out, struct err *err)
{
    const char *family = given;

    for (size_t i = 0; i < targets->target_count; i++) {
        const char *path = targets->targets[i].path;
        size_t size = strcspn(path, "/");

        if (!tuf_path_check(path, err))
            return false;
        if (!family)
            family = arena_text(arena, span_make(path, size));
        if (strlen(family) != size || memcmp(family, path, size) != 0)
            return FAIL(err, ERR_FORBIDDEN, "%s is not a file of family %s: do not sign this", path, family);
    }
    if (!family)
        return FAIL(err, ERR_FORBIDDEN, "no file is named: do not sign this");
    *out = family;
    return true;
}

bool sign_read(struct arena *arena, struct span bytes, const char *family, struct sign_text *out,
               struct err *err)
{
    struct sign_text text = {.bytes = bytes};
    struct span envelope;
    struct tuf_file file;

    if (!tuf_envelope_write(arena, bytes, NULL, 0, &envelope, err) ||
        !tuf_file_read(arena, envelope, "targets", &file, err) ||
        !tuf_targets_read(arena, &file, &text.targets, err))
        return err_within(err, "reading what is to be signed");
    if (file.signed_bytes.size != bytes.size || memcmp(file.signed_bytes.at, bytes.at, bytes.size) != 0)
        return FAIL(err, ERR_FORBIDDEN, "what is to be signed is not in canonical form: do not sign this");
    if (text.targets.delegation_count || text.targets.bins || text.targets.device)
        return FAIL(err, ERR_FORBIDDEN,
                    "this would say more than which files are the family's: do not sign this");
    if (!family_of(arena, &text.targets, family, &text.family, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, text.digest);
    *out = text;
    return true;
}

/* ---- in words ------------------------------------------------------------------------- */

static const struct tuf_target *target_find(const struct tuf_targets *targets, const char *path)
{
    for (size_t i = 0; targets && i < targets->target_count; i++)
        if (text_equal(targets->targets[i].path, path))
            return &targets->targets[i];
    return NULL;
}

static void say_target(struct cli *cli, const char *mark, const struct tuf_target *target)
{
    cli_say("  %s %s  %s  sha256 %.16s...", mark, field_clean(cli->arena, target->path),
            text_bytes(cli->arena, target->length), target->sha256 ? target->sha256 : "none");
}

static void say_changes(struct cli *cli, const struct tuf_targets *now, const struct tuf_targets *before)
{
    bool is_known = before || now->version == 1; /* what is published now */
    size_t same = 0, changed = 0;

    for (size_t i = 0; i < now->target_count; i++) {
        const struct tuf_target *old = target_find(before, now->targets[i].path);
        bool is_same =
            old && text_equal(old->sha256, now->targets[i].sha256) && old->length == now->targets[i].length;

        same += is_same;
        changed += old && !is_same;
        if (!is_same)
            say_target(cli, old ? "! changed" : is_known ? "+ added  " : "  file   ", &now->targets[i]);
    }
    for (size_t i = 0; before && i < before->target_count; i++)
        if (!target_find(now, before->targets[i].path))
            say_target(cli, "- removed", &before->targets[i]);
    if (!is_known)
        cli_say("    these are all its files; which of them are new is not known here");
    if (before)
        cli_say("    %zu files stay as they are published", same);
    if (changed)
        cli_say("warning: a published file never changes; ask why %zu would", changed);
}

void sign_explain(struct cli *cli, const struct sign_text *text, const struct tuf_targets *before)
{
    const struct tuf_targets *targets = &text->targets;

    cli_say("To be signed: which files are firmware of family %s.", text->family);
    cli_say("    list %" PRId64 " of this family, good until %s", targets->version,
            text_time(cli->arena, targets->expires_ms));
    say_changes(cli, targets, before);
    cli_say("    digest sha256 %s", text->digest);
}

/* ---- signing ---------------------------------------------------------------------------- */

bool sign_key(struct cli *cli, const char *path, struct key **out, struct err *err)
{
    const char *passphrase = NULL;

    if (key_is_sealed(path))
        passphrase = cli_passphrase(cli->arena, arena_printf(cli->arena, "passphrase of %s", path));
    if (!key_load(path, passphrase, out, err)) {
        cli->advice = key_is_sealed(path)
                          ? "run it again with the right passphrase, or in NIGHTSHIFT_PASSPHRASE"
                          : "nightshift key show KEY-FILE";
        return false;
    }
    if (!key_is_locked(*out))
        cli_say("note: the system may write the secret to its swap space (see ulimit -l)");
    return true;
}

void sign_write(struct json_out *json, const struct key *key, struct span bytes)
{
    char sig[KEY_SIG_HEX_CHARS + 1];

    key_sign(key, bytes, sig);
    json_text(json, "keyid", key_public(key)->id);
    json_text(json, "sig", sig);
}

bool sign_print(struct cli *cli, const char *key_path, struct span bytes, struct err *err)
{
    struct buf text = {.arena = cli->arena};
    struct json_out json = {.buf = &text};
    AUTO(key_freep) struct key *key = NULL;

    if (!cli_confirmed("Sign this?"))
        return FAIL(err, ERR_CONFLICT, "not signed");
    if (!sign_key(cli, key_path, &key, err))
        return false;
    json_open(&json, NULL);
    sign_write(&json, key, bytes);
    json_close(&json);
    cli_print("%s\n", buf_cstr(&text));
    return true;
}
