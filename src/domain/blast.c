#include "domain/blast.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/repository.h"
#include "store/actions.h"
#include "store/devices.h"
#include "store/operators.h"
#include "store/releases.h"
#include "store/tuf_files.h"

/* Devices that hold or run several of them are counted for each. */
static bool counts_add(struct world *world, int64_t tenant_id, struct blast *b, struct err *err)
{
    for (size_t i = 0; i < b->release_count; i++) {
        struct blast_counts c;

        if (!store_blast_count(world->store, tenant_id, b->releases[i].id, &c, err))
            return false;
        b->rollouts += c.rollouts;
        b->holding += c.holding;
        b->installed += c.installed;
    }
    return true;
}

static void say(struct arena *arena, const char *whose, struct blast *b)
{
    b->text = arena_printf(arena,
                           "%s: %zu release%s, %" PRId64 " rollout%s not over, %" PRId64
                           " devices hold one of them, %" PRId64 " run one%s",
                           whose, b->release_count, b->release_count == 1 ? "" : "s", b->rollouts,
                           b->rollouts == 1 ? "" : "s", b->holding, b->installed,
                           b->must_sign_again
                               ? "; its family's metadata would have to be signed again by those who are left"
                               : "");
}

/* ---- a key ------------------------------------------------------------------------- */

static bool without(struct arena *arena, const struct tuf_keys *keys, const char *keyid, struct tuf_keys *out)
{
    struct key_public *left = ARENA_MANY(arena, struct key_public, keys->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < keys->count; i++)
        if (!text_equal(keys->keys[i].id, keyid))
            left[count++] = keys->keys[i];
    *out = (struct tuf_keys){.keys = left, .count = count, .threshold = keys->threshold};
    return count < keys->count;
}

static bool served_file(struct world *world, struct arena *arena, int64_t tenant_id, const char *family,
                        struct span *out, struct err *err)
{
    struct tuf_role_row *rows;
    int64_t created_ms;
    size_t count;

    if (!store_tuf_role_list(world->store, arena, tenant_id, &rows, &count, err))
        return false;
    *out = (struct span){0};
    for (size_t i = 0; i < count; i++)
        if (text_equal(rows[i].role, family))
            return store_tuf_file_get(world->store, arena, tenant_id,
                                      arena_printf(arena, "%" PRId64 ".%s.json", rows[i].version, family),
                                      out, &created_ms, err);
    return true;
}

/* Does what is served stand without it? */
static bool stands(struct world *world, struct arena *arena, int64_t tenant_id, const char *family,
                   const struct tuf_keys *left, bool *out, struct err *err)
{
    struct tuf_file file;
    struct err why = {0};
    struct span bytes;

    if (!served_file(world, arena, tenant_id, family, &bytes, err))
        return false;
    *out = true;
    if (!bytes.size)
        return true;
    if (!tuf_file_read(arena, bytes, "targets", &file, err))
        return false;
    *out = tuf_file_verify(&file, left, &why);
    return true;
}

bool blast_of_key(struct world *world, struct arena *arena, int64_t tenant_id, const char *family,
                  const char *keyid, struct blast *out, struct err *err)
{
    struct blast b = {0};
    struct tuf_keys keys, left;
    struct family found;
    bool is_sound;

    if (!store_family_get(world->store, arena, tenant_id, family, &found, err) ||
        !repository_family_keys(world, arena, &found, &keys, err))
        return false;
    if (!without(arena, &keys, keyid, &left))
        return FAIL(err, ERR_NOT_FOUND, "family %s has no key %.64s that is not revoked", family, keyid);
    if (!store_blast_signed(world->store, arena, tenant_id, keyid, BLAST_NAMED, &b.releases, &b.release_count,
                            err) ||
        !counts_add(world, tenant_id, &b, err) ||
        !stands(world, arena, tenant_id, family, &left, &is_sound, err))
        return false;
    b.must_sign_again = !is_sound;
    say(arena, arena_printf(arena, "key %.16s of %s", keyid, family), &b);
    *out = b;
    return true;
}

/* ---- a release, a person -------------------------------------------------------------- */

bool blast_of_release(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct blast *out, struct err *err)
{
    struct blast b = {.releases = ARENA_NEW(arena, struct blast_release), .release_count = 1};
    struct release_signature *signatures;
    struct release release;
    size_t count;

    if (!store_release_get(world->store, arena, tenant_id, id, &release, err) ||
        !store_signature_list(world->store, arena, id, &signatures, &count, err))
        return false;
    b.releases[0] = (struct blast_release){id, release.version, release.state, (int64_t)count};
    if (!counts_add(world, tenant_id, &b, err))
        return false;
    say(arena, arena_printf(arena, "release %s %s", release.family, release.version), &b);
    *out = b;
    return true;
}

bool blast_of_operator(struct world *world, struct arena *arena, int64_t tenant_id, const char *name,
                       struct blast *out, struct err *err)
{
    struct blast b = {0};
    struct operator found;
    int64_t made;

    if (!store_operator_get(world->store, arena, tenant_id, name, &found, err) ||
        !store_blast_uploaded(world->store, arena, tenant_id, name, BLAST_NAMED, &b.releases,
                              &b.release_count, err) ||
        !counts_add(world, tenant_id, &b, err) ||
        !store_blast_made(world->store, tenant_id, name, &made, err))
        return false;
    b.rollouts = made > b.rollouts ? made : b.rollouts;
    say(arena, arena_printf(arena, "%s", name), &b);
    *out = b;
    return true;
}

/* ---- a machine -------------------------------------------------------------------------- */

/* A restore brings no release. */
static bool release_add(struct world *world, struct arena *arena, const struct action *action,
                        struct blast *b, struct err *err)
{
    struct release_signature *signatures;
    struct release release;
    size_t count;

    if (!action->release_id)
        return true;
    if (!store_release_get(world->store, arena, action->tenant_id, action->release_id, &release, err) ||
        !store_signature_list(world->store, arena, release.id, &signatures, &count, err))
        return false;
    b->releases[b->release_count++] =
        (struct blast_release){release.id, release.version, release.state, (int64_t)count};
    return true;
}

static const char *backup_words(struct arena *arena, const struct device *device)
{
    return device->backup_ms
               ? arena_printf(arena, "its settings are kept as of %s", text_time(arena, device->backup_ms))
               : "its settings are kept nowhere";
}

bool blast_of_device(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                     struct blast *out, struct err *err)
{
    struct blast b = {0};
    struct device device;
    struct action *open;
    size_t count;

    if (!store_device_get(world->store, arena, tenant_id, controller_id, &device, err) ||
        !store_action_open(world->store, arena, device.id, &open, &count, err))
        return false;
    b.releases = ARENA_MANY(arena, struct blast_release, count + 1);
    b.holding = count > 0;
    for (size_t i = 0; i < count; i++) {
        b.rollouts += open[i].rollout_id != 0;
        if (!release_add(world, arena, &open[i], &b, err))
            return false;
    }
    b.text = arena_printf(arena, "%s: %zu action%s under way, which would be heard of no more; %s",
                          controller_id, count, count == 1 ? "" : "s", backup_words(arena, &device));
    *out = b;
    return true;
}
