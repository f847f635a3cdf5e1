#include "domain/repository.h"

#include "base/text.h"
#include "store/releases.h"

#define DAY_MS (24 * 3600 * 1000LL)

bool repository_family_keys(struct world *world, struct arena *arena, const struct family *family,
                            struct tuf_keys *out, struct err *err)
{
    struct engineer_key *rows;
    struct key_public *keys;
    size_t rows_count, count = 0;

    if (!store_engineer_key_list(world->store, arena, family->id, &rows, &rows_count, err))
        return false;
    keys = ARENA_MANY(arena, struct key_public, rows_count + 1);
    for (size_t i = 0; i < rows_count; i++)
        if (!rows[i].revoked_ms && !key_public_parse(rows[i].public_hex, &keys[count++], err))
            return err_within(err, "key %s of %s", rows[i].keyid, family->name);
    *out = (struct tuf_keys){.keys = keys, .count = count, .threshold = family->threshold};
    return true;
}

const char *repository_path(struct arena *arena, const struct release *release, const struct module *module)
{
    return arena_printf(arena, "%s/%s/%s", release->family, release->version, module->filename);
}

void repository_custom(struct json_out *j, const struct release *release, const struct module *module)
{
    json_raw(j, "hardware_ids", span_of(release->models));
    json_text(j, "kind", release->is_security ? "security" : "feature");
    json_text(j, "min_from", release->min_version);
    json_int(j, "minutes", release->minutes);
    json_text(j, "module", module->component);
    json_int(j, "reboots", release->reboots);
    json_int(j, "release_counter", release->counter);
    json_text(j, "version", module->version);
}

static struct span custom_of(struct arena *arena, const struct release *release, const struct module *module)
{
    struct buf buf = {.arena = arena};
    struct json_out j = {.buf = &buf};

    json_open(&j, NULL);
    repository_custom(&j, release, module);
    json_close(&j);
    return buf_span(&buf);
}

struct listing {
    const struct repository *of;
    struct tuf_target *targets;
    size_t count, room;
};

static bool listing_add(struct listing *listing, const struct release *release, struct err *err)
{
    struct arena *arena = listing->of->arena;
    struct module *modules;
    size_t count;

    if (!store_module_list(listing->of->world->store, arena, release->id, &modules, &count, err))
        return false;
    if (listing->count + count > listing->room) {
        struct tuf_target *more = ARENA_MANY(arena, struct tuf_target, (listing->count + count) * 2);

        if (listing->count)
            memcpy(more, listing->targets, listing->count * sizeof(*more));
        listing->targets = more;
        listing->room = (listing->count + count) * 2;
    }
    for (size_t i = 0; i < count; i++)
        listing->targets[listing->count++] = (struct tuf_target){
            .path = repository_path(arena, release, &modules[i]),
            .length = modules[i].size,
            .sha256 = modules[i].sha256,
            .custom = custom_of(arena, release, &modules[i]),
        };
    return true;
}

static bool family_version(const struct repository *repository, const char *family, int64_t *out,
                           struct err *err)
{
    struct tuf_role_row *rows;
    size_t count;

    if (!store_tuf_role_list(repository->world->store, repository->arena, repository->tenant_id, &rows,
                             &count, err))
        return false;
    *out = 0;
    for (size_t i = 0; i < count; i++)
        if (text_equal(rows[i].role, family))
            *out = rows[i].version;
    return true;
}

/* All published, not withdrawn releases of the family, and this one. */
bool repository_stage(const struct repository *repository, const struct release *release, struct err *err)
{
    struct listing listing = {.of = repository};
    struct tuf_targets targets = {.expires_ms = repository->now_ms + REPOSITORY_FAMILY_DAYS * DAY_MS};
    struct store *store = repository->world->store;
    struct release *current;
    struct span bytes;
    size_t count;

    if (!store_release_current(store, repository->arena, repository->tenant_id, release->family, &current,
                               &count, err) ||
        !family_version(repository, release->family, &targets.version, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (current[i].id != release->id && !listing_add(&listing, &current[i], err))
            return false;
    if (!listing_add(&listing, release, err))
        return false;
    targets.version++;
    targets.targets = listing.targets;
    targets.target_count = listing.count;
    return tuf_targets_write(repository->arena, &targets, &bytes, err) &&
           store_release_stage(store, release->id, arena_text(repository->arena, bytes), targets.version,
                               err);
}

/* Do enough living keys stand behind what is served, and for long enough? */
static bool is_sound(const struct repository *repository, const char *family, const struct tuf_role_row *row,
                     bool *out, struct err *err)
{
    struct arena *arena = repository->arena;
    const char *name = arena_printf(arena, "%lld.%s.json", (long long)row->version, family);
    struct family found;
    struct tuf_keys keys;
    struct tuf_file file;
    struct span bytes;
    int64_t created_ms;
    struct err why;

    if (!store_family_get(repository->world->store, arena, repository->tenant_id, family, &found, err) ||
        !repository_family_keys(repository->world, arena, &found, &keys, err) ||
        !store_tuf_file_get(repository->world->store, arena, repository->tenant_id, name, &bytes, &created_ms,
                            err) ||
        !tuf_file_read(arena, bytes, "targets", &file, err))
        return false;
    *out = tuf_file_verify(&file, &keys, &why) &&
           repository->now_ms - row->signed_ms < (row->expires_ms - row->signed_ms) / 2;
    return true;
}

bool repository_renew(const struct repository *repository, const char *family, struct err *err)
{
    struct store *store = repository->world->store;
    const struct tuf_role_row *row = NULL;
    struct tuf_role_row *rows;
    struct release *current;
    size_t count;
    bool sound;

    if (!store_tuf_role_list(store, repository->arena, repository->tenant_id, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(rows[i].role, family))
            row = &rows[i];
    if (!row)
        return true;
    if (!is_sound(repository, family, row, &sound, err) ||
        !store_release_current(store, repository->arena, repository->tenant_id, family, &current, &count,
                               err))
        return false;
    if (sound || count == 0 || !text_blank(current[count - 1].to_sign))
        return true;
    return repository_stage(repository, &current[count - 1], err) &&
           store_signature_drop(store, current[count - 1].id, err);
}

bool repository_restage(const struct repository *repository, const char *family, struct err *err)
{
    struct release *staged;
    size_t count;

    if (!store_release_unstage(repository->world->store, repository->tenant_id, family, err) ||
        !store_release_staged(repository->world->store, repository->arena, repository->tenant_id, family,
                              &staged, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!repository_stage(repository, &staged[i], err) ||
            !store_signature_drop(repository->world->store, staged[i].id, err))
            return false;
    return true;
}
