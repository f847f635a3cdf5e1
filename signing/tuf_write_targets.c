#include "signing/tuf.h"

#include <stdlib.h>

#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"
#include "signing/tuf_write_parts.h"

#define INTEGER_MAX ((INT64_C(1) << 53) - 1)

static bool custom_names_check(const struct json *value, struct err *err) CHECKED;

/* Names of members are what readers sort, each in its own way beyond ASCII. */
static bool name_check(const char *name, struct err *err)
{
    for (const char *c = name; *c; c++)
        if (!(*c >= '0' && *c <= '9') && !(*c >= 'A' && *c <= 'Z') && !(*c >= 'a' && *c <= 'z') &&
            !strchr("._/-", *c))
            return FAIL(err, ERR_INVALID, "custom: names of members are of A-Z a-z 0-9 . _ / -");
    return true;
}

static bool custom_names_check(const struct json *value, struct err *err)
{
    const char *name;
    void *at = NULL;

    for (const struct json *member; (member = json_next(value, &at, &name));)
        if (!name_check(name, err) || !custom_names_check(member, err))
            return false;
    for (size_t i = 0; json_kind(value) == JSON_LIST && i < json_count(value); i++)
        if (!custom_names_check(json_item(value, i), err))
            return false;
    return true;
}

/* An empty object is left out: one client drops it, and then the signature with it. */
static bool write_custom(struct tuf_body *body, struct span custom, struct err *err)
{
    const struct json *value;

    if (custom.size == 0)
        return true;
    if (!json_parse(body->buf.arena, custom, &value, err))
        return err_within(err, "custom");
    if (json_kind(value) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "custom must be a JSON object");
    if (json_count(value) > 0)
        json_copy(&body->json, "custom", value);
    return custom_names_check(value, err);
}

static bool write_target(struct tuf_body *body, const struct tuf_target *target, struct err *err)
{
    if (!tuf_path_check(target->path, err))
        return false;
    if (target->length < 0 || target->length > INTEGER_MAX || !text_is_hex(target->sha256, 64))
        return FAIL(err, ERR_INVALID, "%s: needs a length and a sha256 in lower-case hex", target->path);
    json_open(&body->json, target->path);
    json_int(&body->json, "length", target->length);
    json_open(&body->json, "hashes");
    json_text(&body->json, "sha256", target->sha256);
    json_close(&body->json);
    if (!write_custom(body, target->custom, err))
        return err_within(err, "%s", target->path);
    json_close(&body->json);
    return true;
}

/* ---- delegations --------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const struct key_public *const *)a)->id, (*(const struct key_public *const *)b)->id);
}

/* Every key of every delegation once. */
static void write_keys(struct tuf_body *body, const struct tuf_targets *targets)
{
    const struct key_public **keys;
    size_t count = 0, at = 0;

    for (size_t d = 0; d < targets->delegation_count; d++)
        count += targets->delegations[d].keys.count;
    keys = ARENA_MANY(body->buf.arena, const struct key_public *, count);
    for (size_t d = 0; d < targets->delegation_count; d++)
        for (size_t i = 0; i < targets->delegations[d].keys.count; i++)
            keys[at++] = &targets->delegations[d].keys.keys[i];
    qsort(keys, count, sizeof(*keys), by_id);
    json_open(&body->json, "keys");
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !text_equal(keys[i]->id, keys[i - 1]->id))
            tuf_write_key(&body->json, body->buf.arena, keys[i]);
    json_close(&body->json);
}

static bool delegation_check(struct arena *arena, const struct tuf_targets *targets, size_t at,
                             struct err *err)
{
    const struct tuf_delegation *role = &targets->delegations[at];

    if (!text_name(role->name, "a delegated role's name", TUF_ROLE_NAME_CHARS, err))
        return false;
    if (tuf_is_top_level(role->name))
        return FAIL(err, ERR_INVALID, "a delegated role cannot be called %s", role->name);
    for (size_t i = 0; i < at; i++)
        if (text_equal(targets->delegations[i].name, role->name))
            return FAIL(err, ERR_INVALID, "the role %s is delegated to twice", role->name);
    if (role->hash_prefix_count > 0)
        return FAIL(err, ERR_INVALID, "%s: hash prefixes are not written, some clients never match them",
                    role->name);
    for (size_t i = 0; i < role->path_count; i++)
        if (!tuf_pattern_check(role->paths[i], err))
            return err_within(err, "%s", role->name);
    return tuf_write_keys_check(arena, &role->keys, role->name, err);
}

static void write_delegation(struct tuf_body *body, const struct tuf_delegation *role)
{
    json_open(&body->json, NULL);
    json_text(&body->json, "name", role->name);
    tuf_write_role(&body->json, &role->keys);
    json_bool(&body->json, "terminating", !role->is_passing);
    json_open_list(&body->json, "paths");
    for (size_t i = 0; i < role->path_count; i++)
        json_text(&body->json, NULL, role->paths[i]);
    json_close(&body->json);
    json_close(&body->json);
}

static bool write_delegations(struct tuf_body *body, const struct tuf_targets *targets, struct err *err)
{
    if (targets->bins)
        return FAIL(err, ERR_INVALID, "hash bins are not written, some clients cannot read them");
    if (targets->delegation_count == 0)
        return true;
    for (size_t i = 0; i < targets->delegation_count; i++)
        if (!delegation_check(body->buf.arena, targets, i, err))
            return false;
    json_open(&body->json, "delegations");
    write_keys(body, targets);
    json_open_list(&body->json, "roles");
    for (size_t i = 0; i < targets->delegation_count; i++)
        write_delegation(body, &targets->delegations[i]);
    json_close(&body->json);
    json_close(&body->json);
    return true;
}

bool tuf_targets_write(struct arena *arena, const struct tuf_targets *targets, struct span *out,
                       struct err *err)
{
    struct tuf_body body;

    if (!tuf_body_open(&body, arena, TUF_TARGETS, targets->version, targets->expires_ms, targets->device,
                       err))
        return false;
    json_open(&body.json, "targets");
    for (size_t i = 0; i < targets->target_count; i++)
        if (!write_target(&body, &targets->targets[i], err))
            return err_within(err, "writing targets");
    json_close(&body.json);
    if (!write_delegations(&body, targets, err))
        return err_within(err, "writing targets");
    return tuf_body_close(&body, out, err);
}
