#include "domain/trust_root.h"

#include "base/text.h"

#define DAY_MS (24 * 3600 * 1000LL)

static size_t place_of(const struct key_public *keys, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(keys[i].id, id))
            return i;
    return count;
}

static bool take_out(struct key_public *keys, size_t *count, const char *id, const char *role,
                     struct err *err)
{
    size_t at = place_of(keys, *count, id);

    if (at == *count)
        return FAIL(err, ERR_INVALID, "%.64s is no key of %s", id, role);
    keys[at] = keys[--*count];
    return true;
}

static bool put_in(struct key_public *keys, size_t *count, const char *hex, const char *role, struct err *err)
{
    struct key_public key;

    if (!key_public_parse(hex, &key, err))
        return err_within(err, "a key of %s", role);
    if (place_of(keys, *count, key.id) < *count)
        return FAIL(err, ERR_INVALID, "%s is a key of %s already", key.id, role);
    keys[(*count)++] = key;
    return true;
}

/* Whoever needs every key has lost the role with the first key that is lost. */
static bool leaves_one_to_lose(const struct tuf_keys *keys, enum tuf_role role, struct err *err)
{
    if (keys->threshold < 1 || keys->threshold > (int64_t)keys->count)
        return FAIL(err, ERR_INVALID, "%s: a threshold of %lld with %zu keys cannot be met",
                    tuf_role_name[role], (long long)keys->threshold, keys->count);
    if (role == TUF_TARGETS && keys->count == 1)
        return true; /* one key of the service */
    return keys->threshold < (int64_t)keys->count ||
           FAIL(err, ERR_INVALID,
                "%s: %lld of %zu keys leaves none to lose; add a key, or lower the threshold",
                tuf_role_name[role], (long long)keys->threshold, keys->count);
}

static bool change(struct arena *arena, const struct tuf_keys *now, const struct trust_change *wish,
                   enum tuf_role role, struct tuf_keys *out, struct err *err)
{
    struct key_public *keys = ARENA_MANY(arena, struct key_public, now->count + wish->add_count + 1);
    size_t count = now->count;

    *out = *now;
    if (!wish->threshold && !wish->add_count && !wish->remove_count)
        return true; /* nobody asks; one key of the service may stand alone */
    if (count)
        memcpy(keys, now->keys, count * sizeof(*keys));
    for (size_t i = 0; i < wish->add_count; i++)
        if (!put_in(keys, &count, wish->add[i], tuf_role_name[role], err))
            return false;
    for (size_t i = 0; i < wish->remove_count; i++)
        if (!take_out(keys, &count, wish->remove[i], tuf_role_name[role], err))
            return false;
    if (count > TUF_KEYS_MAX)
        return FAIL(err, ERR_TOO_MANY, "%s has at most %d keys", tuf_role_name[role], TUF_KEYS_MAX);
    *out = (struct tuf_keys){
        .keys = keys, .count = count, .threshold = wish->threshold ? wish->threshold : now->threshold};
    return leaves_one_to_lose(out, role, err);
}

bool trust_root_next(struct arena *arena, const struct tuf_root *now, const struct trust_wish *wish,
                     const struct key_public *online, int64_t now_ms, struct tuf_root *out, struct err *err)
{
    struct tuf_root next = *now;

    next.version = now->version + 1;
    next.expires_ms = (now_ms + wish->life_days * DAY_MS) / 1000 * 1000;
    next.has_plain_names = false;
    if (online)
        next.roles[TUF_TIMESTAMP] = next.roles[TUF_SNAPSHOT] =
            (struct tuf_keys){.keys = online, .count = 1, .threshold = 1};
    if (!change(arena, &now->roles[TUF_ROOT], &wish->root, TUF_ROOT, &next.roles[TUF_ROOT], err) ||
        !change(arena, &now->roles[TUF_TARGETS], &wish->targets, TUF_TARGETS, &next.roles[TUF_TARGETS], err))
        return false;
    *out = next;
    return true;
}
