#include "domain/repository_stage.h"

#include "base/text.h"
#include "signing/tuf_client.h"

struct visitor {
    const struct stage *stage;
    bool is_old; /* has followed the repository until now; else knows root 1 and nothing more */
};

static bool visitor_fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                          struct err *err)
{
    struct visitor *visitor = ctx;
    struct span bytes;

    if (!stage_bytes(visitor->stage, arena, name, &bytes, err))
        return false;
    if ((int64_t)bytes.size > max)
        return FAIL(err, ERR_TOO_LARGE, "%s: %zu bytes, at most %lld", name, bytes.size, (long long)max);
    *out = bytes;
    return true;
}

/* A follower's trusted copy is the file that the store serves now. */
static bool stored(const struct stage *stage, struct arena *arena, const char *role, int64_t version,
                   struct span *out, struct err *err)
{
    int64_t created_ms;

    return store_tuf_file_get(stage->of.world->store, arena, stage->of.tenant_id,
                              stage_file_name(arena, role, version), out, &created_ms, err);
}

static bool visitor_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct visitor *visitor = ctx;
    const struct stage *stage = visitor->stage;
    const char *role = arena_text(arena, span_make(name, strlen(name) - strlen(".json")));
    const struct tuf_role_row *row = stage_role(stage->before, stage->before_count, role);

    if (text_equal(role, tuf_role_name[TUF_ROOT]) && (!visitor->is_old || !row))
        return stage_bytes(stage, arena, "1.root.json", out, err);
    if (!visitor->is_old || !row)
        return FAIL(err, ERR_NOT_FOUND, "no local copy of %s", name);
    return stored(stage, arena, role, row->version, out, err);
}

static bool visitor_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    (void)ctx;
    (void)name;
    (void)bytes;
    (void)err;
    return true;
}

/* Every target that the family's metadata lists resolves to itself, and its bytes are there. */
static bool family_resolves(const struct stage *stage, struct tuf_client *client, const struct tuf_file *file,
                            struct err *err)
{
    struct tuf_targets listed;
    struct tuf_target found;
    int64_t size;

    if (!tuf_targets_read(stage->of.arena, file, &listed, err))
        return false;
    for (size_t i = 0; i < listed.target_count; i++) {
        const struct tuf_target *target = &listed.targets[i];

        if (!tuf_client_target(client, target->path, &found, err))
            return false;
        if (found.length != target->length || !text_equal(found.sha256, target->sha256))
            return FAIL(err, ERR_CONFLICT, "%s resolves to other bytes", target->path);
        if (!blob_size(stage->of.world->blobs, target->sha256, &size, err))
            return err_within(err, "the bytes of %s", target->path);
        if (size != target->length)
            return FAIL(err, ERR_CORRUPT, "%s: %lld bytes are stored, not %lld", target->path,
                        (long long)size, (long long)target->length);
    }
    return true;
}

static bool delegation_passes(const struct stage *stage, struct tuf_client *client,
                              const struct tuf_delegation *delegation, bool is_required, struct err *err)
{
    const struct tuf_role_row *row = stage_role(stage->roles, stage->role_count, delegation->name);
    struct arena *arena = stage->of.arena;
    struct tuf_file file;
    struct span bytes;

    if (!row)
        return !is_required || FAIL(err, ERR_CONFLICT, "the snapshot does not name %s", delegation->name);
    if (!stage_bytes(stage, arena, stage_file_name(arena, row->role, row->version), &bytes, err) ||
        !tuf_file_read(arena, bytes, "targets", &file, err))
        return false;
    if (!tuf_file_verify(&file, &delegation->keys, err))
        return !is_required;
    return family_resolves(stage, client, &file, err);
}

static bool visit(const struct stage *stage, bool is_old, const char *family, struct err *err)
{
    struct arena *arena = stage->of.arena;
    struct visitor visitor = {stage, is_old};
    struct tuf_client_io io = {
        .ctx = &visitor, .fetch = visitor_fetch, .load = visitor_load, .keep = visitor_keep};
    struct tuf_targets targets;
    struct tuf_client *client;
    bool is_met = !family;

    if (!tuf_client_open(arena, &io, stage->of.now_ms, &client, err) || !tuf_client_refresh(client, err) ||
        !tuf_client_targets(client, &targets, err))
        return false;
    for (size_t i = 0; i < targets.delegation_count; i++) {
        bool is_required = text_equal(targets.delegations[i].name, family);

        is_met = is_met || is_required;
        if (!delegation_passes(stage, client, &targets.delegations[i], is_required, err))
            return false;
    }
    return is_met || FAIL(err, ERR_CONFLICT, "targets does not delegate to %s", family);
}

bool stage_pass(const struct stage *stage, const char *family, struct err *err)
{
    if (!visit(stage, false, family, err))
        return err_within(err, "publish gate, from root 1");
    if (!visit(stage, true, family, err))
        return err_within(err, "publish gate, from the current root");
    return true;
}
