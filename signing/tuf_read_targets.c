#include "signing/tuf.h"

#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"

#define DELEGATIONS_MAX 4096
#define PATTERNS_MAX 4096
#define ROLE_BYTES_MAX 200 /* with .json still a file name, percent-encoded */

static bool target_read(struct arena *arena, const char *path, const struct json *entry,
                        struct tuf_target *out, struct err *err)
{
    const struct json *custom = json_member(entry, "custom");
    struct tuf_hashes hashes;

    out->path = path;
    if (!*path)
        return FAIL(err, ERR_INVALID, "a target without a name");
    if (!json_integer(json_member(entry, "length"), &out->length) || out->length < 0)
        return FAIL(err, ERR_INVALID, "%s: length must be a whole number", path);
    if (!tuf_hashes_read(json_member(entry, "hashes"), path, &hashes, err))
        return false;
    out->sha256 = hashes.sha256;
    out->sha512 = hashes.sha512;
    out->has_unknown_hash = hashes.has_unknown;
    if (!custom || json_kind(custom) == JSON_NULL)
        return true;
    if (json_kind(custom) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "%s: custom must be an object", path);
    return canonical_write(arena, custom, &out->custom, err);
}

static bool list_read(struct arena *arena, const struct json *object, struct tuf_targets *out,
                      struct err *err)
{
    size_t count = json_count(object);
    const char *path;
    void *at = NULL;

    if (json_kind(object) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "there are no targets, not even none");
    struct tuf_target *targets = ARENA_MANY(arena, struct tuf_target, count);
    for (size_t i = 0; i < count; i++) {
        const struct json *entry = json_next(object, &at, &path);

        if (!target_read(arena, path, entry, &targets[i], err))
            return false;
    }
    out->targets = targets;
    out->target_count = count;
    return true;
}

/* ---- delegations --------------------------------------------------------------- */

static bool texts_read(struct arena *arena, const struct json *list, const char *role,
                       const char *const **out, size_t *out_count, struct err *err)
{
    size_t count = json_count(list);

    if (json_kind(list) != JSON_LIST || count > PATTERNS_MAX)
        return FAIL(err, ERR_INVALID, "%s: paths are a list of at most %d", role, PATTERNS_MAX);
    const char **texts = ARENA_MANY(arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        if (!(texts[i] = json_string(json_item(list, i))))
            return FAIL(err, ERR_INVALID, "%s: a path is a text", role);
    *out = texts;
    *out_count = count;
    return true;
}

/* A role's file lies beside root.json and the others: it may not take their place. */
static bool name_check(struct arena *arena, const char *name, struct err *err)
{
    if (text_blank(name))
        return FAIL(err, ERR_INVALID, "a delegated role without a name");
    if (tuf_is_top_level(name))
        return FAIL(err, ERR_INVALID, "a delegated role is called %s", name);
    if (strlen(text_escape(arena, name)) > ROLE_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "the name of a delegated role is too long");
    return true;
}

static bool delegation_read(struct arena *arena, const struct tuf_key_table *table, const struct json *item,
                            struct tuf_delegation *out, struct err *err)
{
    const struct json *paths = json_member(item, "paths"),
                      *prefixes = json_member(item, "path_hash_prefixes");
    enum json_kind terminating = json_kind(json_member(item, "terminating"));

    out->name = json_string(json_member(item, "name"));
    if (!name_check(arena, out->name, err))
        return false;
    if (terminating != JSON_TRUE && terminating != JSON_FALSE)
        return FAIL(err, ERR_INVALID, "%s: terminating is true or false", out->name);
    out->is_passing = terminating == JSON_FALSE;
    if (!paths == !prefixes)
        return FAIL(err, ERR_INVALID, "%s: either paths or path_hash_prefixes", out->name);
    if (!tuf_role_keys_read(arena, table, item, out->name, &out->keys, err))
        return false;
    return paths ? texts_read(arena, paths, out->name, &out->paths, &out->path_count, err)
                 : texts_read(arena, prefixes, out->name, &out->hash_prefixes, &out->hash_prefix_count, err);
}

static bool roles_read(struct arena *arena, const struct tuf_key_table *table, const struct json *list,
                       struct tuf_targets *out, struct err *err)
{
    size_t count = json_count(list);

    if (json_kind(list) != JSON_LIST || count > DELEGATIONS_MAX)
        return FAIL(err, ERR_INVALID, "roles are a list of at most %d", DELEGATIONS_MAX);
    struct tuf_delegation *roles = ARENA_MANY(arena, struct tuf_delegation, count);
    for (size_t i = 0; i < count; i++) {
        if (!delegation_read(arena, table, json_item(list, i), &roles[i], err))
            return false;
        for (size_t j = 0; j < i; j++)
            if (text_equal(roles[i].name, roles[j].name))
                return FAIL(err, ERR_INVALID, "the role %s is named twice", roles[i].name);
    }
    out->delegations = roles;
    out->delegation_count = count;
    return true;
}

static bool bins_read(struct arena *arena, const struct tuf_key_table *table, const struct json *object,
                      struct tuf_targets *out, struct err *err)
{
    struct tuf_bins *bins = ARENA_NEW(arena, struct tuf_bins);

    bins->prefix = json_string(json_member(object, "name_prefix"));
    if (!name_check(arena, bins->prefix, err))
        return false;
    if (!json_integer(json_member(object, "bit_length"), &bins->bits) || bins->bits < 1 || bins->bits > 32)
        return FAIL(err, ERR_INVALID, "succinct_roles: bit_length is from 1 to 32");
    if (!tuf_role_keys_read(arena, table, object, bins->prefix, &bins->keys, err))
        return false;
    out->bins = bins;
    return true;
}

static bool delegations_read(struct arena *arena, const struct json *object, struct tuf_targets *out,
                             struct err *err)
{
    const struct json *roles = json_member(object, "roles"), *bins = json_member(object, "succinct_roles");
    struct tuf_key_table table;

    if (!object || json_kind(object) == JSON_NULL)
        return true;
    if (!roles == !bins)
        return FAIL(err, ERR_INVALID, "either roles or succinct_roles");
    if (!tuf_key_table_read(arena, json_member(object, "keys"), &table, err))
        return false;
    return roles ? roles_read(arena, &table, roles, out, err) : bins_read(arena, &table, bins, out, err);
}

bool tuf_targets_read(struct arena *arena, const struct tuf_file *file, struct tuf_targets *out,
                      struct err *err)
{
    struct tuf_targets targets = {
        .version = file->version, .expires_ms = file->expires_ms, .device = file->device};

    if (!list_read(arena, json_member(file->body, "targets"), &targets, err))
        return err_within(err, "targets");
    if (!delegations_read(arena, json_member(file->body, "delegations"), &targets, err))
        return err_within(err, "delegations");
    *out = targets;
    return true;
}
