#include "domain/family.h"

#include "base/text.h"
#include "domain/audit.h"
#include "store/releases.h"

#define MODEL_CHARS 64
#define KEY_LABEL_CHARS 64

static struct repository repository_of(struct world *world, const struct who *who, struct arena *arena,
                                       int64_t now_ms)
{
    return (struct repository){world, arena, who->tenant_id, who->tenant, now_ms};
}

/* ---- reading ------------------------------------------------------------------ */

static bool view_of(struct world *world, struct arena *arena, const struct family *family,
                    struct family_view *out, struct err *err)
{
    struct engineer_key *keys;
    size_t count;

    if (!store_engineer_key_list(world->store, arena, family->id, &keys, &count, err))
        return false;
    *out = (struct family_view){*family, keys, count};
    return true;
}

bool family_get(struct world *world, const struct who *who, struct arena *arena, const char *name,
                struct family_view *out, struct err *err)
{
    struct family family;

    return store_family_get(world->store, arena, who->tenant_id, name, &family, err) &&
           view_of(world, arena, &family, out, err);
}

bool family_list(struct world *world, const struct who *who, struct arena *arena, int64_t after,
                 int64_t limit, struct family_view **out, size_t *count, struct err *err)
{
    struct family_view *views;
    struct family *families;
    size_t found;

    if (!store_family_list(world->store, arena, who->tenant_id, after, limit, &families, &found, err))
        return false;
    views = ARENA_MANY(arena, struct family_view, found + 1);
    for (size_t i = 0; i < found; i++)
        if (!view_of(world, arena, &families[i], &views[i], err))
            return false;
    *out = views;
    *count = found;
    return true;
}

/* ---- models ------------------------------------------------------------------- */

static bool list_names(const struct json *list, const char *name)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (text_equal(json_string(json_item(list, i)), name))
            return true;
    return false;
}

/* A JSON list of names, as it will rest. */
static bool models_write(struct arena *arena, const struct json *list, const char **out, struct err *err)
{
    struct buf buf = {.arena = arena};
    struct json_out j = {.buf = &buf};

    json_open_list(&j, NULL);
    if (list && json_count(list) > FAMILY_MODELS_MAX)
        return FAIL(err, ERR_INVALID, "models: at most %d", FAMILY_MODELS_MAX);
    for (size_t i = 0; list && i < json_count(list); i++) {
        const char *model = json_string(json_item(list, i));

        if (text_blank(model) || strlen(model) > MODEL_CHARS)
            return FAIL(err, ERR_INVALID, "models: a model is a text of 1 to %d characters", MODEL_CHARS);
        json_text(&j, NULL, model);
    }
    json_close(&j);
    *out = buf_cstr(&buf);
    return true;
}

bool family_covers(struct arena *arena, const struct family *family, const char *models, struct err *err)
{
    const struct json *ours, *theirs;

    if (!json_parse(arena, span_of(family->models), &ours, err) ||
        !json_parse(arena, span_of(models), &theirs, err))
        return false;
    for (size_t i = 0; json_count(ours) > 0 && i < json_count(theirs); i++) {
        const char *model = json_string(json_item(theirs, i));

        if (!list_names(ours, model))
            return FAIL(err, ERR_INVALID, "model %s is not one of family %s", model ? model : "?",
                        family->name);
    }
    return true;
}

/* ---- inside a tx ---------------------------------------------------------------- */

/* A family is a TUF role: four names are taken. */
static bool name_check(const char *name, struct err *err)
{
    if (!text_name(name, "family", FAMILY_NAME_CHARS, err))
        return false;
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        if (text_equal(name, tuf_role_name[i]))
            return FAIL(err, ERR_INVALID, "a family cannot be called %s", name);
    return true;
}

static bool fits_count(const struct repository *repository, struct err *err)
{
    struct family *families;
    size_t count;

    if (!store_family_list(repository->world->store, repository->arena, repository->tenant_id, 0,
                           FAMILIES_OF_TENANT, &families, &count, err))
        return false;
    return count < FAMILIES_OF_TENANT || FAIL(err, ERR_TOO_MANY, "at most %d families", FAMILIES_OF_TENANT);
}

bool family_put(const struct repository *repository, const char *name, int64_t threshold,
                const struct json *models, struct family *out, struct err *err)
{
    struct family family = {.tenant_id = repository->tenant_id,
                            .name = name,
                            .threshold = threshold,
                            .created_ms = repository->now_ms};

    if (!name_check(name, err) || !fits_count(repository, err) ||
        !models_write(repository->arena, models, &family.models, err))
        return false;
    if (threshold < 1 || threshold > TUF_KEYS_MAX)
        return FAIL(err, ERR_INVALID, "threshold is from 1 to %d", TUF_KEYS_MAX);
    if (!store_family_put(repository->world->store, &family, &family.id, err))
        return false;
    *out = family;
    return true;
}

static bool keys_left(const struct repository *repository, const struct family *family, struct err *err)
{
    struct tuf_keys keys;

    if (!repository_family_keys(repository->world, repository->arena, family, &keys, err))
        return false;
    return keys.count < TUF_KEYS_MAX ||
           FAIL(err, ERR_TOO_MANY, "at most %d keys of one family", TUF_KEYS_MAX);
}

bool family_key_put(const struct repository *repository, const struct family *family, const char *name,
                    const char *public_hex, const char **keyid, struct err *err)
{
    struct key_public open;
    struct engineer_key key = {.family_id = family->id, .name = name, .registered_ms = repository->now_ms};

    if (!text_name(name, "name", KEY_LABEL_CHARS, err) || !key_public_parse(public_hex, &open, err) ||
        !keys_left(repository, family, err))
        return false;
    key.keyid = arena_dup(repository->arena, open.id);
    key.public_hex = text_hex(repository->arena, open.bytes, sizeof(open.bytes));
    if (!store_engineer_key_put(repository->world->store, &key, err))
        return false;
    *keyid = key.keyid;
    return true;
}

/* ---- verbs -------------------------------------------------------------------- */

bool family_make(struct world *world, const struct who *who, struct arena *arena, const char *name,
                 int64_t threshold, const struct json *models, int64_t now_ms, struct family_view *out,
                 struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct repository repository = repository_of(world, who, arena, now_ms);
    struct family family;

    if (!tx_begin(&tx, world->store, err) ||
        !family_put(&repository, name, threshold, models, &family, err) ||
        !repository_resign(&repository, err) ||
        !audit_note(world, who, "family.make", name, NULL, now_ms, err) || !tx_commit(&tx, err))
        return false;
    *out = (struct family_view){.family = family};
    return true;
}

bool family_key_add(struct world *world, const struct who *who, struct arena *arena, const char *family,
                    const char *name, const char *public_hex, int64_t now_ms, struct family_view *out,
                    struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct repository repository = repository_of(world, who, arena, now_ms);
    struct family_view view;
    const char *keyid;

    if (!tx_begin(&tx, world->store, err) || !family_get(world, who, arena, family, &view, err) ||
        !family_key_put(&repository, &view.family, name, public_hex, &keyid, err) ||
        !repository_resign(&repository, err) ||
        !audit_note(world, who, "family.key-add", family, keyid, now_ms, err) ||
        !family_get(world, who, arena, family, &view, err) || !tx_commit(&tx, err))
        return false;
    *out = view;
    return true;
}

bool family_key_revoke(struct world *world, const struct who *who, struct arena *arena, const char *family,
                       const char *keyid, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct repository repository = repository_of(world, who, arena, now_ms);
    struct family_view view;
    bool moved, is_known = false;

    if (!tx_begin(&tx, world->store, err) || !family_get(world, who, arena, family, &view, err))
        return false;
    for (size_t i = 0; i < view.key_count; i++)
        is_known = is_known || text_equal(view.keys[i].keyid, keyid);
    if (!is_known)
        return FAIL(err, ERR_NOT_FOUND, "family %s has no key %.64s", family, keyid);
    if (!store_engineer_key_revoke(world->store, view.family.id, keyid, now_ms, &moved, err) ||
        (moved && (!repository_resign(&repository, err) || !repository_renew(&repository, family, err))) ||
        !audit_note(world, who, "family.key-revoke", family, keyid, now_ms, err))
        return false;
    return tx_commit(&tx, err);
}
