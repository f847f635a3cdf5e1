#include "signing/tuf_client.h"

#include <stdlib.h>

#include "base/text.h"
#include "signing/tuf_client_parts.h"

#define ROTATIONS_MAX 256

/* What a file may weigh when nothing signed says so. */
static const int64_t bytes_max[TUF_ROLE__MAX] = {
    [TUF_ROOT] = 512000,
    [TUF_TIMESTAMP] = 16384,
    [TUF_SNAPSHOT] = 2000000,
    [TUF_TARGETS] = 5000000,
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tuf_meta *)a)->name, ((const struct tuf_meta *)b)->name);
}

const struct tuf_meta *tuf_entry_find(const struct tuf_meta *entries, size_t count, const char *name)
{
    struct tuf_meta wanted = {.name = name};

    return count ? bsearch(&wanted, entries, count, sizeof(wanted), by_name) : NULL;
}

/* Sorted, for tuf_entry_find: a snapshot may name tens of thousands. */
static bool entries_read(struct arena *arena, const struct tuf_file *file, struct tuf_meta **out,
                         size_t *count, struct err *err)
{
    if (!tuf_meta_read(arena, file, out, count, err))
        return false;
    qsort(*out, *count, sizeof(**out), by_name);
    return true;
}

/* ---- root ------------------------------------------------------------------------ */

/* A root that its own keys have signed. */
static bool root_check(struct tuf_client *client, struct span bytes, struct tuf_file *file,
                       struct tuf_root *root, struct err *err)
{
    if (!tuf_file_read(client->arena, bytes, tuf_role_name[TUF_ROOT], file, err) ||
        !tuf_root_read(client->arena, file, root, err))
        return tuf_attacked(client, ATTACK_MALFORMED);
    file->verifier = client->io.verifier;
    return tuf_file_verify(file, &root->roles[TUF_ROOT], err) || tuf_attacked(client, ATTACK_BAD_SIGNATURE);
}

static void root_take(struct tuf_client *client, const struct tuf_file *file, const struct tuf_root *root)
{
    client->root = *root;
    client->files[TUF_ROOT] = *file;
    client->has_file[TUF_ROOT] = true;
}

bool tuf_client_open(struct arena *arena, const struct tuf_client_io *io, int64_t now_ms,
                     struct tuf_client **out, struct err *err)
{
    struct tuf_client *client = ARENA_NEW(arena, struct tuf_client);
    struct tuf_file file;
    struct tuf_root root;
    struct span bytes;

    *client = (struct tuf_client){.arena = arena, .io = *io, .now_ms = now_ms};
    if (!io->load(io->ctx, arena, "root.json", &bytes, err) || !root_check(client, bytes, &file, &root, err))
        return err_within(err, "the trusted root.json");
    root_take(client, &file, &root);
    *out = client;
    return true;
}

/* The next root is signed by the threshold of the one before it and by its own, and is the next version. */
static bool root_step(struct tuf_client *client, struct span bytes, struct err *err)
{
    struct tuf_file file;
    struct tuf_root root;

    if (!root_check(client, bytes, &file, &root, err))
        return false;
    if (!tuf_file_verify(&file, &client->root.roles[TUF_ROOT], err)) {
        client->attack = ATTACK_BAD_SIGNATURE;
        return err_within(err, "by the keys of version %lld", (long long)client->root.version);
    }
    if (file.version != client->root.version + 1)
        return TUF_ATTACK(client, ATTACK_ROLLBACK, err, ERR_CONFLICT, "version %lld follows version %lld",
                          (long long)file.version, (long long)client->root.version);
    if (!client->io.keep(client->io.ctx, "root.json", bytes, err))
        return false;
    root_take(client, &file, &root);
    return true;
}

/* Each root is kept as soon as it is accepted. Only the last one's expiry matters. */
static bool root_refresh(struct tuf_client *client, struct err *err)
{
    for (int i = 0; i < ROTATIONS_MAX; i++) {
        const char *name = arena_printf(client->arena, "%lld.root.json", (long long)client->root.version + 1);
        struct span bytes;

        if (!client->io.fetch(client->io.ctx, client->arena, name, bytes_max[TUF_ROOT], &bytes, err)) {
            if (err->code == ERR_NOT_FOUND)
                break;
            return err_within(err, "%s", name);
        }
        if ((int64_t)bytes.size > bytes_max[TUF_ROOT])
            return TUF_ATTACK(client, ATTACK_ENDLESS_DATA, err, ERR_TOO_LARGE, "%s: more than %lld bytes",
                              name, (long long)bytes_max[TUF_ROOT]);
        if (!root_step(client, bytes, err))
            return err_within(err, "%s", name);
    }
    return tuf_fresh_check(client, &client->files[TUF_ROOT], err) || err_within(err, "root.json");
}

/* ---- timestamp --------------------------------------------------------------------- */

/* The one entry that a timestamp has. */
static bool snapshot_entry(struct tuf_client *client, const struct tuf_file *file, struct tuf_meta *out,
                           struct err *err)
{
    struct tuf_meta *meta;
    size_t count;

    if (!entries_read(client->arena, file, &meta, &count, err))
        return tuf_attacked(client, ATTACK_MALFORMED);
    const struct tuf_meta *entry = tuf_entry_find(meta, count, "snapshot.json");
    if (!entry)
        return TUF_ATTACK(client, ATTACK_MALFORMED, err, ERR_INVALID, "snapshot.json is not named");
    *out = *entry;
    return true;
}

/* The same version again is not looked into: what is kept stays. */
static bool timestamp_step(struct tuf_client *client, const struct tuf_file *old,
                           const struct tuf_meta *old_entry, const struct tuf_file *file, struct span bytes,
                           struct tuf_meta *entry, struct err *err)
{
    if (old && file->version < old->version)
        return TUF_ATTACK(client, ATTACK_ROLLBACK, err, ERR_CONFLICT, "rolled back from version %lld to %lld",
                          (long long)old->version, (long long)file->version);
    if (old && file->version == old->version) {
        *entry = *old_entry;
        client->files[TUF_TIMESTAMP] = *old;
        return tuf_fresh_check(client, old, err);
    }
    if (!snapshot_entry(client, file, entry, err))
        return false;
    if (old && entry->version < old_entry->version)
        return TUF_ATTACK(client, ATTACK_ROLLBACK, err, ERR_CONFLICT,
                          "rolls snapshot.json back from version %lld to %lld", (long long)old_entry->version,
                          (long long)entry->version);
    if (!tuf_fresh_check(client, file, err) || !client->io.keep(client->io.ctx, "timestamp.json", bytes, err))
        return false;
    client->files[TUF_TIMESTAMP] = *file;
    return true;
}

static bool timestamp_refresh(struct tuf_client *client, struct tuf_meta *entry, struct err *err)
{
    struct tuf_pin pin = {.stem = "timestamp",
                          .type = "timestamp",
                          .keys = &client->root.roles[TUF_TIMESTAMP],
                          .is_device_bound = true};
    struct tuf_file old, file;
    struct tuf_meta old_entry;
    struct span bytes;
    struct err ignored;
    bool has_old;

    if (!tuf_local_get(client, &pin, &old, &bytes, &has_old, err))
        return false;
    has_old = has_old && snapshot_entry(client, &old, &old_entry, &ignored);
    client->attack = ATTACK_NONE;
    if (!tuf_remote_get(client, "timestamp.json", bytes_max[TUF_TIMESTAMP], &bytes, err) ||
        !tuf_fetched_check(client, &pin, bytes, &file, err))
        return false;
    if (!timestamp_step(client, has_old ? &old : NULL, &old_entry, &file, bytes, entry, err))
        return err_within(err, "timestamp.json");
    client->has_file[TUF_TIMESTAMP] = true;
    return true;
}

/* ---- snapshot and targets ------------------------------------------------------------ */

/* No entry of the old snapshot may disappear or fall back. */
static bool snapshot_accept(struct tuf_client *client, void *out, const struct tuf_file *old,
                            const struct tuf_file *file, struct err *err)
{
    struct tuf_meta *entries, *before = NULL;
    size_t count, before_count = 0;
    struct err ignored;

    if (!entries_read(client->arena, file, &entries, &count, err))
        return tuf_attacked(client, ATTACK_MALFORMED);
    if (old && !entries_read(client->arena, old, &before, &before_count, &ignored))
        before_count = 0;
    for (size_t i = 0; i < before_count; i++) {
        const struct tuf_meta *now = tuf_entry_find(entries, count, before[i].name);

        if (!now)
            return TUF_ATTACK(client, ATTACK_ROLLBACK, err, ERR_CONFLICT, "%s has disappeared",
                              before[i].name);
        if (now->version < before[i].version)
            return TUF_ATTACK(client, ATTACK_ROLLBACK, err, ERR_CONFLICT,
                              "rolls %s back from version %lld to %lld", now->name,
                              (long long)before[i].version, (long long)now->version);
    }
    struct tuf_client *into = out;
    into->entries = entries;
    into->entry_count = count;
    return true;
}

bool tuf_accept_targets(struct tuf_client *client, void *out, const struct tuf_file *old,
                        const struct tuf_file *file, struct err *err)
{
    struct tuf_targets targets;

    (void)old; /* the snapshot has seen to its version */
    if (!tuf_targets_read(client->arena, file, &targets, err))
        return tuf_attacked(client, ATTACK_MALFORMED);
    if (client->io.device && (targets.delegation_count > 0 || targets.bins))
        return TUF_ATTACK(client, ATTACK_MALFORMED, err, ERR_INVALID,
                          "the targets of a device must not delegate");
    *(struct tuf_targets *)out = targets;
    return true;
}

static bool snapshot_refresh(struct tuf_client *client, const struct tuf_meta *entry, struct err *err)
{
    struct tuf_pin pin = {.stem = "snapshot",
                          .type = "snapshot",
                          .keys = &client->root.roles[TUF_SNAPSHOT],
                          .meta = *entry,
                          .bytes_max = bytes_max[TUF_SNAPSHOT],
                          .is_device_bound = true,
                          .accept = snapshot_accept,
                          .out = client};

    if (!tuf_pinned_get(client, &pin, &client->files[TUF_SNAPSHOT], err))
        return false;
    client->has_file[TUF_SNAPSHOT] = true;
    return true;
}

static bool targets_refresh(struct tuf_client *client, struct err *err)
{
    const struct tuf_meta *entry = tuf_entry_find(client->entries, client->entry_count, "targets.json");
    struct tuf_pin pin = {.stem = "targets",
                          .type = "targets",
                          .keys = &client->root.roles[TUF_TARGETS],
                          .bytes_max = bytes_max[TUF_TARGETS],
                          .is_device_bound = true,
                          .accept = tuf_accept_targets,
                          .out = &client->targets};

    if (!entry)
        return FAIL(err, ERR_INVALID, "snapshot.json does not name targets.json");
    pin.meta = *entry;
    if (!tuf_pinned_get(client, &pin, &client->files[TUF_TARGETS], err))
        return false;
    client->has_file[TUF_TARGETS] = true;
    return true;
}

bool tuf_client_refresh(struct tuf_client *client, struct err *err)
{
    struct tuf_meta snapshot;

    client->is_fresh = false;
    client->known = NULL;
    client->attack = ATTACK_NONE;
    if (!root_refresh(client, err) || !timestamp_refresh(client, &snapshot, err) ||
        !snapshot_refresh(client, &snapshot, err) || !targets_refresh(client, err))
        return false;
    client->is_fresh = true;
    return true;
}

/* ---- what a refreshed client knows ----------------------------------------------------- */

bool tuf_client_targets(struct tuf_client *client, struct tuf_targets *out, struct err *err)
{
    if (!client->is_fresh && !tuf_client_refresh(client, err))
        return false;
    *out = client->targets;
    return true;
}

const struct tuf_file *tuf_client_file(const struct tuf_client *client, enum tuf_role role)
{
    return client->has_file[role] ? &client->files[role] : NULL;
}

enum attack tuf_client_attack(const struct tuf_client *client)
{
    return client->attack;
}

bool tuf_client_has_plain_names(const struct tuf_client *client)
{
    return client->root.has_plain_names;
}
