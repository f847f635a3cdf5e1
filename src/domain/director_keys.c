#include "domain/director_parts.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/custody.h"

#define ROOT_KEY "root.key"
#define ONLINE_KEY "online.key"
#define TURN_MS (60 * 60 * 1000LL) /* nobody is still between the root before and what it names */

bool director_path(const struct repository *of, const char *name, const char **out, struct err *err)
{
    return custody_director_path(of->world->custody, of->arena, of->tenant, name, out, err);
}

bool director_root_path(const struct repository *of, int64_t version, const char **out, struct err *err)
{
    return director_path(of, arena_printf(of->arena, "%lld.root.json", (long long)version), out, err);
}

static bool key_ready(const struct repository *of, const char *file, const char *name, struct key **out,
                      struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    const char *path;

    if (!director_path(of, file, &path, err))
        return false;
    if (file_exists(path))
        return key_load(path, NULL, out, err);
    if (!key_make(name, &key, err) || !key_save(key, path, NULL, err))
        return err_within(err, "making %s", path);
    *out = key;
    key = NULL;
    return true;
}

bool director_root_key(const struct repository *of, struct key **out, struct err *err)
{
    return key_ready(of, ROOT_KEY, "director-root", out, err);
}

bool director_online_key(const struct repository *of, struct key **out, struct err *err)
{
    return key_ready(of, ONLINE_KEY, "director-online", out, err);
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
    AUTO(key_freep) struct key *key = NULL;
    const char *path;
    struct err none;

    return root->roles[TUF_ROOT].threshold == 1 && director_path(of, ROOT_KEY, &path, &none) &&
           file_exists(path) && key_load(path, NULL, &key, &none) &&
           names(&root->roles[TUF_ROOT], key_public(key)->id);
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

static bool root_key_drop(const struct repository *of, const struct tuf_root *root, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    const char *path, *dir;

    if (!director_path(of, ROOT_KEY, &path, err) || !director_path(of, "", &dir, err))
        return false;
    if (!file_exists(path))
        return true;
    if (!key_load(path, NULL, &key, err))
        return false;
    if (names(&root->roles[TUF_ROOT], key_public(key)->id))
        return true;
    if (unlink(path) != 0)
        return FAIL(err, ERR_IO, "%s: %s", path, strerror(errno));
    return file_sync_dir(dir, err);
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
    if (!director_root_read(of, last.bytes, &file, &root, err) || !root_key_drop(of, &root, err) ||
        !custody_director(of->world->custody, of->tenant, &signer, err) ||
        !director_key_now(of, signer, &now, err))
        return err_within(err, "after a rotation of the director");
    return now == SIGNER_ONLINE || of->now_ms - last.signed_ms < TURN_MS ||
           custody_director_promote(of->world->custody, of->tenant, err);
}
