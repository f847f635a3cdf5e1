#include "domain/director_parts.h"

#include "base/text.h"
#include "domain/custody.h"

#define TURN_MS (60 * 60 * 1000LL) /* nobody is still between the root before and what it names */

bool director_path(const struct repository *of, const char *name, const char **out, struct err *err)
{
    return custody_director_path(of->world->custody, of->arena, of->tenant, name, out, err);
}

bool director_root_path(const struct repository *of, int64_t version, const char **out, struct err *err)
{
    return director_path(of, arena_printf(of->arena, "%lld.root.json", (long long)version), out, err);
}

static bool names(const struct tuf_keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->keys[i].id, id))
            return true;
    return false;
}

bool director_holds(const struct repository *of, const struct tuf_root *root)
{
    struct signer *signer;
    struct key_public key;
    struct err none;

    return root->roles[TUF_ROOT].threshold == 1 &&
           custody_director(of->world->custody, of->tenant, &signer, &none) &&
           signer_public(signer, SIGNER_ROOT, &key, &none) && names(&root->roles[TUF_ROOT], key.id);
}

bool director_is_held(const struct repository *of)
{
    struct director_root last;
    struct tuf_file file;
    struct tuf_root root;
    struct err none;

    return director_last_root(of, &last, &none) && last.version &&
           director_root_read(of, last.bytes, &file, &root, &none) && director_holds(of, &root);
}

/* Only while a key gives way to another is the root looked at. */
bool director_key_now(const struct repository *of, struct signer *signer, enum signer_key *out,
                      struct err *err)
{
    struct director_root last;
    struct key_public next;
    struct tuf_file file;
    struct tuf_root root;
    struct err none;

    *out = SIGNER_ONLINE;
    if (!signer_public(signer, SIGNER_ONLINE_NEXT, &next, &none))
        return true;
    if (!director_last_root(of, &last, err))
        return false;
    if (!last.version)
        return true;
    if (!director_root_read(of, last.bytes, &file, &root, err))
        return err_within(err, "the director's root in force");
    if (names(&root.roles[TUF_TIMESTAMP], next.id))
        *out = SIGNER_ONLINE_NEXT;
    return true;
}

static bool root_key_drop(struct signer *signer, const struct tuf_root *root, struct err *err)
{
    struct key_public key;

    if (!signer_public(signer, SIGNER_ROOT, &key, err))
        return err->code == ERR_NOT_FOUND;
    return names(&root->roles[TUF_ROOT], key.id) || signer_drop(signer, SIGNER_ROOT, err);
}

bool director_settle(const struct repository *of, struct err *err)
{
    enum signer_key now = SIGNER_ONLINE;
    struct director_root last;
    struct signer *signer;
    struct tuf_file file;
    struct tuf_root root;

    if (!director_last_root(of, &last, err))
        return false;
    if (!last.version)
        return true;
    if (!director_root_read(of, last.bytes, &file, &root, err) ||
        !custody_director(of->world->custody, of->tenant, &signer, err) ||
        !root_key_drop(signer, &root, err) || !director_key_now(of, signer, &now, err))
        return err_within(err, "after a rotation of the director");
    return now == SIGNER_ONLINE || of->now_ms - last.signed_ms < TURN_MS ||
           custody_director_promote(of->world->custody, of->tenant, err);
}
