#include "support/tuf_repo.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "support/unit.h"

struct repo_file *repo_find(struct repo_file *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(files[i].name, name))
            return &files[i];
    return NULL;
}

static void put(struct repo *repo, struct repo_file *files, size_t *count, const char *name,
                struct span bytes)
{
    struct repo_file *file = repo_find(files, *count, name);

    if (!file) {
        assert_true(*count < REPO_FILES_MAX);
        file = &files[(*count)++];
        file->name = arena_dup(repo->arena, name);
    }
    file->bytes = span_make(arena_text(repo->arena, bytes), bytes.size);
}

void repo_put(struct repo *repo, const char *name, struct span bytes)
{
    put(repo, repo->remote, &repo->remote_count, name, bytes);
}

void repo_keep(struct repo *repo, const char *name, struct span bytes)
{
    put(repo, repo->local, &repo->local_count, name, bytes);
}

struct span repo_get(const struct repo *repo, const char *name)
{
    struct repo_file *file = repo_find((struct repo_file *)(uintptr_t)repo->remote, repo->remote_count, name);

    if (!file)
        fail_msg("the test repository has no %s", name);
    return file->bytes;
}

struct span repo_local(const struct repo *repo, const char *name)
{
    struct repo_file *file = repo_find((struct repo_file *)(uintptr_t)repo->local, repo->local_count, name);

    return file ? file->bytes : span_make(NULL, 0);
}

void repo_forget(struct repo *repo, const char *name)
{
    repo_find(repo->remote, repo->remote_count, name)->name = "";
}

/* ---- keys and roles ------------------------------------------------------------- */

static void close_keys(void *what)
{
    struct repo *repo = what;

    for (size_t i = 0; i < REPO_KEYS_MAX; i++)
        if (repo->keys[i])
            key_freep(&repo->keys[i]);
}

const struct key *repo_key(struct repo *repo, int number)
{
    uint8_t seed[32];
    struct err err;

    memset(seed, number, sizeof(seed));
    if (!repo->keys[number] && !key_from_seed("test", seed, &repo->keys[number], &err))
        fail_msg("%s", err.text);
    return repo->keys[number];
}

static struct repo_who who_of(int64_t threshold, const int *keys)
{
    struct repo_who who = {.threshold = threshold};

    for (; *keys; keys++)
        who.keys[who.count++] = *keys;
    return who;
}

void repo_who(struct repo *repo, enum tuf_role role, int64_t threshold, const int *keys)
{
    repo->who[role] = who_of(threshold, keys);
}

static struct tuf_keys keys_of(struct repo *repo, const struct repo_who *who)
{
    struct key_public *keys = ARENA_MANY(repo->arena, struct key_public, REPO_WHO_MAX);

    for (size_t i = 0; i < who->count; i++)
        keys[i] = *key_public(repo_key(repo, who->keys[i]));
    return (struct tuf_keys){.keys = keys, .count = who->count, .threshold = who->threshold};
}

struct repo_node *repo_node(struct repo *repo, const char *name, const int *keys)
{
    struct repo_node *node = &repo->nodes[repo->node_count++];

    *node = (struct repo_node){.name = name, .who = who_of(1, keys)};
    return node;
}

void repo_edge(struct repo *repo, const char *from, const char *to, const char *pattern, const int *keys,
               bool is_passing)
{
    repo->edges[repo->edge_count++] = (struct repo_edge){
        .from = from, .to = to, .pattern = pattern, .who = who_of(1, keys), .is_passing = is_passing};
}

void repo_target(struct repo *repo, const char *role, const char *path)
{
    for (size_t i = 0; i < repo->node_count; i++)
        if (text_equal(repo->nodes[i].name, role))
            repo->nodes[i].paths[repo->nodes[i].path_count++] = path;
}

void repo_target_as(struct repo *repo, const char *role, const struct tuf_target *target)
{
    for (size_t i = 0; i < repo->node_count; i++) {
        struct repo_node *node = &repo->nodes[i];
        size_t at = 0;

        if (!text_equal(node->name, role))
            continue;
        while (at < node->path_count && !text_equal(node->paths[at], target->path))
            at++;
        node->paths[at] = target->path;
        node->wholes[at] = *target;
        node->path_count += at == node->path_count;
    }
}

/* ---- publishing -------------------------------------------------------------------- */

static struct span sign_with(struct repo *repo, struct span body, const struct repo_who *who)
{
    struct tuf_signature signatures[REPO_WHO_MAX * 2] = {0};
    struct span out = {0};
    struct err err;

    for (size_t i = 0; i < who->count; i++) {
        const struct key *key = repo_key(repo, who->keys[i]);

        memcpy(signatures[i].keyid, key_public(key)->id, sizeof(signatures[i].keyid));
        key_sign(key, body, signatures[i].sig);
    }
    if (!tuf_envelope_write(repo->arena, body, signatures, who->count, &out, &err))
        fail_msg("%s", err.text);
    return out;
}

struct span repo_sign(struct repo *repo, struct span body, const int *keys)
{
    struct repo_who who = who_of(1, keys);
    struct span canonical = {0};
    struct err err;

    if (!canonical_text(repo->arena, body, &canonical, &err))
        fail_msg("%s", err.text);
    return sign_with(repo, canonical, &who);
}

void repo_forge(struct repo *repo, const char *name, const char *from, const char *to, const int *keys)
{
    struct span bytes = repo_get(repo, name);
    const struct json *file;
    struct buf body = {.arena = repo->arena}, out = {.arena = repo->arena};
    struct json_out json = {.buf = &body};
    struct err err;

    assert_true(json_parse(repo->arena, bytes, &file, &err));
    json_copy(&json, NULL, json_member(file, "signed"));
    const char *text = buf_cstr(&body), *at = strstr(text, from);
    assert_non_null(at);
    buf_add(&out, span_make(text, (size_t)(at - text)));
    buf_text(&out, to);
    buf_text(&out, at + strlen(from));
    repo_put(repo, name, repo_sign(repo, buf_span(&out), keys));
}

static const char *file_name(struct repo *repo, int64_t version, const char *stem)
{
    if (repo->has_plain_names)
        return arena_printf(repo->arena, "%s.json", stem);
    return arena_printf(repo->arena, "%lld.%s.json", (long long)version, stem);
}

/* Old and new keys, each once. */
static struct repo_who both(const struct repo_who *a, const struct repo_who *b)
{
    struct repo_who out = *a;

    for (size_t i = 0; i < b->count; i++) {
        bool is_there = false;

        for (size_t j = 0; j < a->count; j++)
            is_there |= a->keys[j] == b->keys[i];
        if (!is_there)
            out.keys[out.count++] = b->keys[i];
    }
    return out;
}

void repo_publish_root(struct repo *repo)
{
    struct tuf_root root = {.version = ++repo->version[TUF_ROOT], .expires_ms = repo->expires_ms[TUF_ROOT]};
    struct repo_who who = both(&repo->who[TUF_ROOT], &repo->old_root);
    struct span body = {0};
    struct err err;

    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        root.roles[i] = keys_of(repo, &repo->who[i]);
    if (!tuf_root_write(repo->arena, &root, &body, &err))
        fail_msg("%s", err.text);
    repo_put(repo, arena_printf(repo->arena, "%lld.root.json", (long long)root.version),
             sign_with(repo, body, &who));
    repo->old_root = repo->who[TUF_ROOT];
}

static struct tuf_target *targets_of(struct repo *repo, const struct repo_node *node)
{
    struct tuf_target *targets = ARENA_MANY(repo->arena, struct tuf_target, node->path_count);

    for (size_t i = 0; i < node->path_count; i++) {
        char *hash = arena_take(repo->arena, HASH_HEX_MAX);

        if (node->wholes[i].path) {
            targets[i] = node->wholes[i];
            continue;
        }
        hash_hex_of(HASH_SHA256, span_of(node->paths[i]), hash);
        targets[i] = (struct tuf_target){
            .path = node->paths[i], .length = (int64_t)strlen(node->paths[i]), .sha256 = hash};
    }
    return targets;
}

static size_t delegations_of(struct repo *repo, const struct repo_node *node, struct tuf_delegation *out)
{
    size_t count = 0;

    for (size_t i = 0; i < repo->edge_count; i++) {
        const struct repo_edge *edge = &repo->edges[i];

        if (text_equal(edge->from, node->name))
            out[count++] = (struct tuf_delegation){.name = edge->to,
                                                   .keys = keys_of(repo, &edge->who),
                                                   .paths = (const char *const *)&edge->pattern,
                                                   .path_count = 1,
                                                   .is_passing = edge->is_passing};
    }
    return count;
}

static void publish_node(struct repo *repo, struct repo_node *node)
{
    struct tuf_delegation delegations[REPO_NODES_MAX];
    struct tuf_targets targets = {.version = ++node->version,
                                  .expires_ms = repo->expires_ms[TUF_TARGETS],
                                  .targets = targets_of(repo, node),
                                  .target_count = node->path_count,
                                  .delegations = delegations,
                                  .delegation_count = delegations_of(repo, node, delegations),
                                  .device = repo->device};
    struct span body = {0};
    struct err err;

    if (!tuf_targets_write(repo->arena, &targets, &body, &err))
        fail_msg("%s", err.text);
    repo_put(repo, file_name(repo, node->version, node->name), sign_with(repo, body, &node->who));
}

void repo_publish_timestamp(struct repo *repo)
{
    struct span snapshot = repo_get(repo, file_name(repo, repo->version[TUF_SNAPSHOT], "snapshot")),
                body = {0};
    char hash[HASH_HEX_MAX];
    struct tuf_meta meta = {.name = "snapshot.json",
                            .version = repo->version[TUF_SNAPSHOT],
                            .length = (int64_t)snapshot.size,
                            .sha256 = hash};
    struct err err;

    hash_hex_of(HASH_SHA256, snapshot, hash);
    if (!tuf_timestamp_write(repo->arena, ++repo->version[TUF_TIMESTAMP], repo->expires_ms[TUF_TIMESTAMP],
                             &meta, repo->device, &body, &err))
        fail_msg("%s", err.text);
    repo_put(repo, "timestamp.json", sign_with(repo, body, &repo->who[TUF_TIMESTAMP]));
}

void repo_publish_snapshot(struct repo *repo)
{
    struct tuf_meta meta[REPO_NODES_MAX];
    struct span body = {0};
    size_t count = 0;
    struct err err;

    for (size_t i = 0; i < repo->node_count; i++)
        if (!repo->nodes[i].is_left_out)
            meta[count++] =
                (struct tuf_meta){.name = arena_printf(repo->arena, "%s.json", repo->nodes[i].name),
                                  .version = repo->nodes[i].version};
    if (!tuf_snapshot_write(repo->arena, ++repo->version[TUF_SNAPSHOT], repo->expires_ms[TUF_SNAPSHOT], meta,
                            count, repo->device, &body, &err))
        fail_msg("%s", err.text);
    repo_put(repo, file_name(repo, repo->version[TUF_SNAPSHOT], "snapshot"),
             sign_with(repo, body, &repo->who[TUF_SNAPSHOT]));
    repo_publish_timestamp(repo);
}

void repo_publish(struct repo *repo)
{
    repo->nodes[0].who = repo->who[TUF_TARGETS];
    for (size_t i = 0; i < repo->node_count; i++)
        publish_node(repo, &repo->nodes[i]);
    repo_publish_snapshot(repo);
}

struct repo *repo_new(struct arena *arena)
{
    struct repo *repo = ARENA_NEW(arena, struct repo);

    *repo =
        (struct repo){.arena = arena, .now_ms = REPO_NOW_MS, .requests = {.arena = arena}, .keeps_left = -1};
    arena_defer(arena, close_keys, repo);
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        repo->expires_ms[i] = REPO_NOW_MS + 10 * REPO_DAY_MS;
    repo_who(repo, TUF_ROOT, 2, WHO(1, 2));
    repo_who(repo, TUF_TIMESTAMP, 1, WHO(3));
    repo_who(repo, TUF_SNAPSHOT, 1, WHO(4));
    repo_who(repo, TUF_TARGETS, 1, WHO(5));
    repo_node(repo, "targets", WHO(5));
    repo_target(repo, "targets", "mfp/1.0/main.bin");
    repo_publish_root(repo);
    repo_publish(repo);
    repo_keep(repo, "root.json", repo_get(repo, "1.root.json"));
    return repo;
}
