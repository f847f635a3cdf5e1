#include "tools/nightshift/trust.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/text.h"
#include "tools/nightshift/table.h"

/* ---- reading ----------------------------------------------------------------------- */

static bool has_key(const struct tuf_keys *keys, const char *id)
{
    for (size_t i = 0; keys && i < keys->count; i++)
        if (text_equal(keys->keys[i].id, id))
            return true;
    return false;
}

/* The director's one online key speaks for its targets, too; in the image repository no key does both. */
static const char *paper_of(const struct trust_text *text)
{
    const struct tuf_keys *targets = &text->root.roles[TUF_TARGETS],
                          *timestamp = &text->root.roles[TUF_TIMESTAMP];

    if (text->role != TUF_ROOT)
        return tuf_role_name[text->role];
    return targets->count == 1 && timestamp->count == 1 && has_key(timestamp, targets->keys[0].id)
               ? "director-root"
               : tuf_role_name[TUF_ROOT];
}

bool trust_file_read(struct arena *arena, struct span bytes, struct trust_text *out, struct err *err)
{
    struct trust_text text = {.role = TUF_ROOT};
    struct tuf_file file;
    struct err not_root = {0};
    bool is_read;

    if (!tuf_file_read(arena, bytes, "root", &file, &not_root)) {
        text.role = TUF_TARGETS;
        if (!tuf_file_read(arena, bytes, "targets", &file, err))
            return err_within(err, "it is neither a root nor a targets");
    }
    is_read = text.role == TUF_ROOT ? tuf_root_read(arena, &file, &text.root, err)
                                    : tuf_targets_read(arena, &file, &text.targets, err);
    if (!is_read)
        return false;
    text.paper = paper_of(&text);
    text.version = file.version;
    text.expires_ms = file.expires_ms;
    hash_hex_of(HASH_SHA256, file.signed_bytes, text.digest);
    *out = text;
    return true;
}

bool trust_text_read(struct arena *arena, struct span bytes, struct trust_text *out, struct err *err)
{
    char digest[HASH_HEX_MAX];
    struct span envelope;

    if (!tuf_envelope_write(arena, bytes, NULL, 0, &envelope, err) ||
        !trust_file_read(arena, envelope, out, err))
        return err_within(err, "reading what is to be signed");
    hash_hex_of(HASH_SHA256, bytes, digest);
    return text_equal(digest, out->digest) ||
           FAIL(err, ERR_FORBIDDEN, "what is to be signed is not in canonical form: do not sign this");
}

/* ---- in words ------------------------------------------------------------------------- */

static void say_keys(struct cli *cli, const char *whose, const struct tuf_keys *now,
                     const struct tuf_keys *before)
{
    cli_say("  %s: %" PRId64 " of %zu keys%s", whose, now->threshold, now->count,
            before && before->threshold != now->threshold
                ? arena_printf(cli->arena, " (was %" PRId64 " of %zu)", before->threshold, before->count)
                : "");
    for (size_t i = 0; i < now->count; i++)
        cli_say("    %s %s", before && !has_key(before, now->keys[i].id) ? "+" : " ", now->keys[i].id);
    for (size_t i = 0; before && i < before->count; i++)
        if (!has_key(now, before->keys[i].id))
            cli_say("    - %s", before->keys[i].id);
}

static void say_root(struct cli *cli, const struct tuf_root *now, const struct tuf_root *before)
{
    for (int role = 0; role < TUF_ROLE__MAX; role++)
        say_keys(cli, tuf_role_name[role], &now->roles[role], before ? &before->roles[role] : NULL);
}

static const struct tuf_delegation *family_of(const struct tuf_targets *targets, const char *name)
{
    for (size_t i = 0; targets && i < targets->delegation_count; i++)
        if (text_equal(targets->delegations[i].name, name))
            return &targets->delegations[i];
    return NULL;
}

static void say_targets(struct cli *cli, const struct tuf_targets *now, const struct tuf_targets *before)
{
    static const struct tuf_keys nobody;

    for (size_t i = 0; i < now->delegation_count; i++) {
        const struct tuf_delegation *d = &now->delegations[i], *was = family_of(before, d->name);

        say_keys(cli, arena_printf(cli->arena, "family %s", field_clean(cli->arena, d->name)), &d->keys,
                 was      ? &was->keys
                 : before ? &nobody
                          : NULL);
    }
    for (size_t i = 0; before && i < before->delegation_count; i++)
        if (!family_of(now, before->delegations[i].name))
            cli_say("  - family %s", field_clean(cli->arena, before->delegations[i].name));
    if (now->target_count)
        cli_say("warning: it names %zu files by itself; ours never does", now->target_count);
}

static const char *meaning_of(const struct trust_text *text)
{
    if (text->role == TUF_TARGETS)
        return "who signs for each family, targets";
    return text_equal(text->paper, tuf_role_name[TUF_ROOT])
               ? "who holds every role, root"
               : "who holds every role of the director, director-root";
}

void trust_explain(struct cli *cli, const struct trust_text *text, const struct trust_text *before)
{
    bool is_next = before && text_equal(before->paper, text->paper) && before->version + 1 == text->version;

    cli_say("To be signed: %s %" PRId64 ", good until %s.", meaning_of(text), text->version,
            text_time(cli->arena, text->expires_ms));
    if (before && !is_next)
        cli_say("warning: what it is compared with is %s %" PRId64 ", not the one before it", before->paper,
                before->version);
    if (!before)
        cli_say("    what would change is not known here; --before FILE shows it");
    before = is_next ? before : NULL;
    if (text->role == TUF_ROOT)
        say_root(cli, &text->root, before ? &before->root : NULL);
    else
        say_targets(cli, &text->targets, before ? &before->targets : NULL);
    cli_say("    digest sha256 %s", text->digest);
}
