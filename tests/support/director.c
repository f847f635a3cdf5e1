#include "support/director.h"

#include "base/text.h"
#include "support/unit.h"

const char *director_token(struct ops *ops, const char *device)
{
    return arena_printf(ops->s.arena, "Authorization: TargetToken token-%s", device);
}

struct answer director_get_as(struct ops *ops, const char *device, const char *who, const char *name)
{
    return support_ask(&ops->s, "GET",
                       arena_printf(ops->s.arena, "/DEFAULT/tuf/director/%s/metadata/%s", device, name),
                       director_token(ops, who), NULL);
}

struct answer director_get(struct ops *ops, const char *device, const char *name)
{
    return director_get_as(ops, device, device, name);
}

static bool follower_fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                           struct err *err)
{
    struct director_follower *follower = ctx;
    struct answer answer = director_get_as(follower->ops, follower->asks_as, follower->asks_as, name);

    (void)arena;
    if (answer.status == 404)
        return FAIL(err, ERR_NOT_FOUND, "404 for %s", name);
    if (answer.status != 200 || (int64_t)answer.size > max)
        return FAIL(err, ERR_IO, "%d and %zu bytes for %s", answer.status, answer.size, name);
    *out = span_make(answer.text, answer.size);
    return true;
}

static size_t role_at(const char *name)
{
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        if (text_starts(name, tuf_role_name[i]))
            return i;
    fail_msg("no role keeps %s", name);
    return 0;
}

static bool follower_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct director_follower *follower = ctx;

    (void)arena;
    *out = follower->kept[role_at(name)];
    return out->at != NULL || FAIL(err, ERR_NOT_FOUND, "no %s yet", name);
}

static bool follower_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    (void)err;
    ((struct director_follower *)ctx)->kept[role_at(name)] = bytes;
    return true;
}

struct director_follower director_follower(struct ops *ops, const char *device)
{
    struct answer root = director_get(ops, device, "1.root.json");
    struct director_follower follower = {.ops = ops, .device = device, .asks_as = device};

    assert_int_equal(root.status, 200);
    follower.kept[TUF_ROOT] = span_make(root.text, root.size);
    return follower;
}

bool director_follow(struct director_follower *follower, struct tuf_targets *out, struct err *err)
{
    struct tuf_client_io io = {.ctx = follower,
                               .fetch = follower_fetch,
                               .load = follower_load,
                               .keep = follower_keep,
                               .device = follower->device};
    struct tuf_client *client;

    return tuf_client_open(follower->ops->s.arena, &io, follower->ops->s.now_ms, &client, err) &&
           tuf_client_refresh(client, err) && tuf_client_targets(client, out, err);
}
