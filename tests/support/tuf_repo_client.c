#include "support/tuf_repo.h"

static bool fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                  struct err *err)
{
    struct repo *repo = ctx;
    struct repo_file *file = repo_find(repo->remote, repo->remote_count, name);

    buf_printf(&repo->requests, "%s ", name);
    if (!file)
        return FAIL(err, ERR_NOT_FOUND, "%s: 404", name);
    if (repo->is_endless) {
        *out = span_make(arena_take(arena, (size_t)max + 1), (size_t)max + 1);
        return true;
    }
    if ((int64_t)file->bytes.size > max)
        return FAIL(err, ERR_TOO_LARGE, "%s: more than %lld bytes", name, (long long)max);
    *out = file->bytes;
    return true;
}

static bool load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct span bytes = repo_local(ctx, name);

    (void)arena;
    if (!bytes.at)
        return FAIL(err, ERR_NOT_FOUND, "%s is not there", name);
    *out = bytes;
    return true;
}

static bool keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    struct repo *repo = ctx;

    if (repo->keeps_left == 0)
        return FAIL(err, ERR_IO, "%s: the power is gone", name);
    repo->keeps_left -= repo->keeps_left > 0;
    repo_keep(repo, name, bytes);
    return true;
}

struct tuf_client_io repo_io(struct repo *repo)
{
    return (struct tuf_client_io){.ctx = repo,
                                  .fetch = fetch,
                                  .load = load,
                                  .keep = keep,
                                  .device = repo->trusts_device,
                                  .verifier = repo->verifier};
}

bool repo_refresh(struct repo *repo, struct err *err)
{
    struct tuf_client_io io = repo_io(repo);
    struct tuf_client *client;

    return tuf_client_open(repo->arena, &io, repo->now_ms, &client, err) && tuf_client_refresh(client, err);
}

bool repo_lookup(struct repo *repo, const char *path, struct tuf_target *out, struct err *err)
{
    struct tuf_client_io io = repo_io(repo);
    struct tuf_client *client;

    return tuf_client_open(repo->arena, &io, repo->now_ms, &client, err) &&
           tuf_client_target(client, path, out, err);
}

const char *repo_requests(struct repo *repo)
{
    const char *seen = arena_dup(repo->arena, buf_cstr(&repo->requests));

    repo->requests = (struct buf){.arena = repo->arena};
    return seen;
}

int64_t repo_kept_version(struct repo *repo, const char *name)
{
    struct span bytes = repo_local(repo, name);
    const struct json *value;
    int64_t version = 0;
    struct err err;

    if (bytes.at && json_parse(repo->arena, bytes, &value, &err))
        json_integer(json_member(json_member(value, "signed"), "version"), &version);
    return version;
}
