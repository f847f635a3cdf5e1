#include "domain/repository_stage.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/custody.h"
#include "domain/trust_apart.h"
#include "store/releases.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define HOUR_MS (3600 * 1000LL)
#define FAMILIES_MAX 500

/* ---- which of our keys ---------------------------------------------------------- */

static bool is_named(const struct stage *stage, enum signer_key which, const struct tuf_keys *keys)
{
    struct key_public own;
    struct err none = {0};

    if (!signer_public(stage->signer, which, &own, &none))
        return false;
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->keys[i].id, own.id))
            return true;
    return false;
}

static enum signer_key named_of(const struct stage *stage, enum signer_key which, const struct tuf_keys *keys)
{
    return is_named(stage, SIGNER_NEXT_OF(which), keys) ? SIGNER_NEXT_OF(which) : which;
}

static void keys_of_root(struct stage *stage, const struct tuf_root *root)
{
    stage->keys[SIGNER_TARGETS] = named_of(stage, SIGNER_TARGETS, &root->roles[TUF_TARGETS]);
    stage->keys[SIGNER_ONLINE] = named_of(stage, SIGNER_ONLINE, &root->roles[TUF_TIMESTAMP]);
}

/* Before the first root the service has no next keys. */
static bool keys_choose(struct stage *stage, struct err *err)
{
    struct tuf_root root;

    stage->keys[SIGNER_TARGETS] = SIGNER_TARGETS;
    stage->keys[SIGNER_ONLINE] = SIGNER_ONLINE;
    if (!stage_role(stage->roles, stage->role_count, tuf_role_name[TUF_ROOT]))
        return true;
    if (!stage_root_now(stage, &root, err))
        return false;
    keys_of_root(stage, &root);
    return true;
}

bool stage_promote(const struct stage *stage, struct err *err)
{
    for (enum signer_key which = SIGNER_TARGETS; which <= SIGNER_ONLINE; which++)
        if (stage->keys[which] != which &&
            !custody_promote(stage->of.world->custody, stage->of.tenant, which, err))
            return err_within(err, "after a rotation");
    return true;
}

/* ---- what is there ------------------------------------------------------------ */

bool stage_open(struct stage *stage, const struct repository *repository, struct err *err)
{
    struct arena *arena = repository->arena;
    struct tuf_role_row *rows;
    size_t count;

    *stage = (struct stage){.of = *repository};
    if (!custody_signer(repository->world->custody, repository->tenant, &stage->signer, err) ||
        !store_tuf_role_list(repository->world->store, arena, repository->tenant_id, &rows, &count, err))
        return false;
    stage->before = rows;
    stage->before_count = stage->role_count = count;
    stage->roles = ARENA_MANY(arena, struct tuf_role_row, count + STAGE_FILES_MAX);
    if (count)
        memcpy(stage->roles, rows, count * sizeof(*rows));
    return keys_choose(stage, err);
}

const struct tuf_role_row *stage_role(const struct tuf_role_row *roles, size_t count, const char *role)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(roles[i].role, role))
            return &roles[i];
    return NULL;
}

const char *stage_file_name(struct arena *arena, const char *role, int64_t version)
{
    if (text_equal(role, tuf_role_name[TUF_TIMESTAMP]))
        return "timestamp.json";
    return arena_printf(arena, "%lld.%s.json", (long long)version, role);
}

bool stage_bytes(const struct stage *stage, struct arena *arena, const char *name, struct span *out,
                 struct err *err)
{
    int64_t created_ms;

    for (size_t i = stage->file_count; i > 0; i--)
        if (text_equal(stage->files[i - 1].name, name)) {
            *out = stage->files[i - 1].bytes;
            return true;
        }
    return store_tuf_file_get(stage->of.world->store, arena, stage->of.tenant_id, name, out, &created_ms,
                              err);
}

/* ---- what becomes ------------------------------------------------------------- */

static int64_t next_version(const struct stage *stage, const char *role)
{
    const struct tuf_role_row *row = stage_role(stage->roles, stage->role_count, role);

    return row ? row->version + 1 : 1;
}

/* Of what the service signs, above what the signer remembers, too: a tx that was signed for and then rolled back, or a
 * database that was put back, leaves a gap. */
static bool version_to_sign(const struct stage *stage, enum tuf_role role, int64_t *out, struct err *err)
{
    int64_t next = next_version(stage, tuf_role_name[role]), floor = 0;

    if (!signer_floor(stage->signer, role, "", &floor, err))
        return false;
    *out = next > floor ? next : floor + 1;
    return true;
}

static void stage_put(struct stage *stage, const char *role, int64_t version, int64_t expires_ms,
                      struct span bytes)
{
    struct tuf_role_row row = {
        .role = role, .version = version, .signed_ms = stage->of.now_ms, .expires_ms = expires_ms};
    const struct tuf_role_row *known = stage_role(stage->roles, stage->role_count, role);

    stage->files[stage->file_count++] =
        (struct staged_file){stage_file_name(stage->of.arena, role, version), bytes};
    stage->roles[known ? (size_t)(known - stage->roles) : stage->role_count++] = row;
}

static bool has_place(const struct stage *stage, struct err *err)
{
    return stage->file_count < STAGE_FILES_MAX ||
           FAIL(err, ERR_TOO_MANY, "more than %d metadata files at once", STAGE_FILES_MAX);
}

/* What the service signs by itself. The first timestamp under a next key carries both signatures: whoever
 * holds the root before still finds one he knows. */
static bool stage_sign(struct stage *stage, enum signer_key key, enum tuf_role role, int64_t version,
                       int64_t expires_ms, struct span signed_bytes, struct err *err)
{
    bool is_by_both = role == TUF_TIMESTAMP && stage->is_turning;
    struct tuf_signature signatures[2];
    struct span bytes;

    if (!has_place(stage, err) ||
        !signer_sign(stage->signer, stage->keys[key], signed_bytes, &signatures[0], err) ||
        (is_by_both && !signer_sign(stage->signer, key, signed_bytes, &signatures[1], err)) ||
        !tuf_envelope_write(stage->of.arena, signed_bytes, signatures, is_by_both ? 2 : 1, &bytes, err))
        return err_within(err, "signing %s", tuf_role_name[role]);
    stage_put(stage, tuf_role_name[role], version, expires_ms, bytes);
    return true;
}

/* By its own keys, and by those of the root before it. */
static bool root_is_sound(struct stage *stage, int64_t version, const struct tuf_file *file,
                          const struct tuf_root *root, struct err *err)
{
    struct tuf_file last_file;
    struct tuf_root last;
    struct span bytes;

    if (root->version != version)
        return FAIL(err, ERR_CONFLICT, "%lld.root.json says version %lld", (long long)version,
                    (long long)root->version);
    if (!tuf_file_verify(file, &root->roles[TUF_ROOT], err))
        return err_within(err, "%lld.root.json", (long long)version);
    if (version == 1)
        return true;
    return (stage_bytes(stage, stage->of.arena,
                        stage_file_name(stage->of.arena, tuf_role_name[TUF_ROOT], version - 1), &bytes,
                        err) &&
            tuf_file_read(stage->of.arena, bytes, "root", &last_file, err) &&
            tuf_root_read(stage->of.arena, &last_file, &last, err) &&
            tuf_file_verify(file, &last.roles[TUF_ROOT], err)) ||
           err_within(err, "%lld.root.json after the one before it", (long long)version);
}

bool stage_root(struct stage *stage, int64_t version, struct span bytes, struct err *err)
{
    struct tuf_file file;
    struct tuf_root root;

    if (!has_place(stage, err) || !tuf_file_read(stage->of.arena, bytes, "root", &file, err) ||
        !tuf_root_read(stage->of.arena, &file, &root, err) ||
        !root_is_sound(stage, version, &file, &root, err) || !trust_apart(&stage->of, false, &root, err))
        return err_within(err, "taking over %lld.root.json", (long long)version);
    stage_put(stage, tuf_role_name[TUF_ROOT], version, root.expires_ms, bytes);
    enum signer_key before = stage->keys[SIGNER_ONLINE];

    keys_of_root(stage, &root);
    stage->is_turning = stage->keys[SIGNER_ONLINE] != before;
    return true;
}

bool stage_family(struct stage *stage, const char *family, struct span signed_bytes,
                  const struct tuf_signature *signatures, size_t count, struct err *err)
{
    struct tuf_file file;
    struct span bytes;

    if (!has_place(stage, err) ||
        !tuf_envelope_write(stage->of.arena, signed_bytes, signatures, count, &bytes, err) ||
        !tuf_file_read(stage->of.arena, bytes, "targets", &file, err))
        return err_within(err, "metadata of %s", family);
    if (file.version != next_version(stage, family))
        return FAIL(err, ERR_CONFLICT, "metadata of %s is version %lld, next is %lld", family,
                    (long long)file.version, (long long)next_version(stage, family));
    stage_put(stage, family, file.version, file.expires_ms, bytes);
    return true;
}

/* *is_listed: enough engineers are registered to sign for it; others would be refused by clients as
 * unsatisfiable. */
static bool delegation_of(struct stage *stage, const struct family *family, struct tuf_delegation *out,
                          bool *is_listed, struct err *err)
{
    struct arena *arena = stage->of.arena;
    const char **paths = ARENA_MANY(arena, const char *, 1);

    paths[0] = arena_printf(arena, "%s/*/*", family->name);
    *out = (struct tuf_delegation){.name = family->name, .paths = paths, .path_count = 1};
    if (!repository_family_keys(stage->of.world, arena, family, &out->keys, err))
        return false;
    *is_listed = (int64_t)out->keys.count >= family->threshold;
    return true;
}

bool stage_targets_make(struct stage *stage, int64_t life_days, struct tuf_targets *out, struct span *bytes,
                        struct err *err)
{
    struct arena *arena = stage->of.arena;
    struct tuf_delegation *delegations;
    struct tuf_targets targets = {.expires_ms = stage->of.now_ms + life_days * DAY_MS};
    struct family *families;
    size_t count;

    if (!version_to_sign(stage, TUF_TARGETS, &targets.version, err) ||
        !store_family_list(stage->of.world->store, arena, stage->of.tenant_id, 0, FAMILIES_MAX, &families,
                           &count, err))
        return false;
    delegations = ARENA_MANY(arena, struct tuf_delegation, count + 1);
    for (size_t i = 0; i < count; i++) {
        bool is_listed;

        if (!delegation_of(stage, &families[i], &delegations[targets.delegation_count], &is_listed, err))
            return false;
        targets.delegation_count += is_listed;
    }
    targets.delegations = delegations;
    if (!tuf_targets_write(arena, &targets, bytes, err))
        return false;
    *out = targets;
    return true;
}

bool stage_targets(struct stage *stage, struct err *err)
{
    struct tuf_targets targets;
    struct span bytes;

    return stage_targets_make(stage, REPOSITORY_TARGETS_DAYS, &targets, &bytes, err) &&
           stage_sign(stage, SIGNER_TARGETS, TUF_TARGETS, targets.version, targets.expires_ms, bytes, err);
}

bool stage_targets_signed(struct stage *stage, struct span envelope, struct err *err)
{
    struct tuf_file file;
    int64_t next = 0;

    if (!has_place(stage, err) || !version_to_sign(stage, TUF_TARGETS, &next, err) ||
        !tuf_file_read(stage->of.arena, envelope, "targets", &file, err))
        return err_within(err, "targets");
    if (file.version != next)
        return FAIL(err, ERR_CONFLICT, "this targets is version %lld and next is %lld: stage it anew",
                    (long long)file.version, (long long)next);
    stage_put(stage, tuf_role_name[TUF_TARGETS], file.version, file.expires_ms, envelope);
    return true;
}

/* ---- who may speak -------------------------------------------------------------- */

bool stage_root_now(struct stage *stage, struct tuf_root *out, struct err *err)
{
    const struct tuf_role_row *row = stage_role(stage->roles, stage->role_count, tuf_role_name[TUF_ROOT]);
    struct arena *arena = stage->of.arena;
    struct tuf_file file;
    struct span bytes;

    if (!row)
        return FAIL(err, ERR_NOT_FOUND, "tenant %s has no repository", stage->of.tenant);
    return stage_bytes(stage, arena, stage_file_name(arena, row->role, row->version), &bytes, err) &&
           tuf_file_read(arena, bytes, "root", &file, err) && tuf_root_read(arena, &file, out, err);
}

bool stage_holds_targets(struct stage *stage, bool *out, struct err *err)
{
    struct tuf_root root;
    const struct tuf_keys *keys = &root.roles[TUF_TARGETS];

    if (!stage_root_now(stage, &root, err))
        return false;
    *out = keys->threshold == 1 && is_named(stage, stage->keys[SIGNER_TARGETS], keys);
    return true;
}

static bool meta_of(const struct stage *stage, const char *role, int64_t version, struct tuf_meta *out,
                    struct err *err)
{
    struct arena *arena = stage->of.arena;
    char *sha256 = arena_take(arena, HASH_HEX_MAX);
    struct span bytes;

    if (!stage_bytes(stage, arena, stage_file_name(arena, role, version), &bytes, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, sha256);
    *out = (struct tuf_meta){.name = arena_printf(arena, "%s.json", role),
                             .version = version,
                             .length = (int64_t)bytes.size,
                             .sha256 = sha256};
    return true;
}

static bool is_in_snapshot(const char *role)
{
    return !text_equal(role, tuf_role_name[TUF_ROOT]) && !text_equal(role, tuf_role_name[TUF_SNAPSHOT]) &&
           !text_equal(role, tuf_role_name[TUF_TIMESTAMP]);
}

bool stage_snapshot(struct stage *stage, struct err *err)
{
    struct arena *arena = stage->of.arena;
    int64_t version = 0;
    int64_t expires_ms = stage->of.now_ms + stage->of.world->settings->snapshot_life_h * HOUR_MS;
    struct tuf_meta *meta = ARENA_MANY(arena, struct tuf_meta, stage->role_count + 1);
    struct span bytes;
    size_t count = 0;

    if (!version_to_sign(stage, TUF_SNAPSHOT, &version, err))
        return false;
    for (size_t i = 0; i < stage->role_count; i++)
        if (is_in_snapshot(stage->roles[i].role) &&
            !meta_of(stage, stage->roles[i].role, stage->roles[i].version, &meta[count++], err))
            return false;
    return tuf_snapshot_write(arena, version, expires_ms, meta, count, NULL, &bytes, err) &&
           stage_sign(stage, SIGNER_ONLINE, TUF_SNAPSHOT, version, expires_ms, bytes, err);
}

bool stage_timestamp(struct stage *stage, struct err *err)
{
    int64_t version = 0;
    int64_t expires_ms = stage->of.now_ms + stage->of.world->settings->timestamp_life_h * HOUR_MS;
    const struct tuf_role_row *row = stage_role(stage->roles, stage->role_count, tuf_role_name[TUF_SNAPSHOT]);
    struct tuf_meta snapshot;
    struct span bytes;

    if (!row)
        return FAIL(err, ERR_CORRUPT, "the repository of %s has no snapshot", stage->of.tenant);
    return version_to_sign(stage, TUF_TIMESTAMP, &version, err) &&
           meta_of(stage, row->role, row->version, &snapshot, err) &&
           tuf_timestamp_write(stage->of.arena, version, expires_ms, &snapshot, NULL, &bytes, err) &&
           stage_sign(stage, SIGNER_ONLINE, TUF_TIMESTAMP, version, expires_ms, bytes, err);
}

/* Files before the rows that name them; the timestamp, which makes all the rest visible, is staged last. */
bool stage_write(const struct stage *stage, struct err *err)
{
    struct store *store = stage->of.world->store;

    for (size_t i = 0; i < stage->file_count; i++) {
        const struct staged_file *file = &stage->files[i];
        bool is_timestamp = text_equal(file->name, "timestamp.json");

        if (!(is_timestamp ? store_tuf_file_replace : store_tuf_file_put)(
                store, stage->of.tenant_id, file->name, file->bytes, stage->of.now_ms, err))
            return false;
    }
    for (size_t i = 0; i < stage->role_count; i++)
        if (stage->roles[i].signed_ms == stage->of.now_ms &&
            !store_tuf_role_put(store, stage->of.tenant_id, &stage->roles[i], err))
            return false;
    return true;
}
