#include "domain/release.h"

#include "base/text.h"
#include "signing/manifest.h"

/* ---- order -------------------------------------------------------------------- */

static bool follows(const struct release *next, const struct release *last, struct err *err)
{
    int order = version_compare(next->version, last->version);

    if (next->counter < last->counter)
        return FAIL(err, ERR_CONFLICT, "%s has release counter %lld, below %lld of the published %s",
                    next->version, (long long)next->counter, (long long)last->counter, last->version);
    if (order <= 0 && next->counter == last->counter)
        return FAIL(
            err, ERR_CONFLICT,
            "%s is not higher than the published %s; a way back needs a higher release counter than %lld",
            next->version, last->version, (long long)last->counter);
    return true;
}

bool release_follows(struct world *world, struct arena *arena, const struct release *release, struct err *err)
{
    struct release *current;
    size_t count;

    if (!store_release_current(world->store, arena, release->tenant_id, release->family, &current, &count,
                               err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (current[i].id != release->id && !follows(release, &current[i], err))
            return false;
    return true;
}

/* ---- reading ------------------------------------------------------------------ */

static const char *key_label(const struct engineer_key *keys, size_t count, const char *keyid)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(keys[i].keyid, keyid))
            return keys[i].name;
    return "";
}

static bool view_signatures(struct world *world, struct arena *arena, struct release_view *view,
                            struct err *err)
{
    struct release_signature *signatures;
    struct engineer_key *keys;
    struct family family;
    const char **names;
    size_t count, key_count;

    if (!store_family_get(world->store, arena, view->release.tenant_id, view->release.family, &family, err) ||
        !store_engineer_key_list(world->store, arena, family.id, &keys, &key_count, err) ||
        !store_signature_list(world->store, arena, view->release.id, &signatures, &count, err))
        return false;
    names = ARENA_MANY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = key_label(keys, key_count, signatures[i].keyid);
    view->threshold = family.threshold;
    view->signatures = signatures;
    view->signers = names;
    view->signature_count = count;
    return true;
}

static bool view_of(struct world *world, struct arena *arena, const struct release *release,
                    struct release_view *out, struct err *err)
{
    struct release_view view = {.release = *release};
    struct module *modules;

    if (!store_module_list(world->store, arena, release->id, &modules, &view.module_count, err) ||
        !view_signatures(world, arena, &view, err))
        return false;
    view.modules = modules;
    *out = view;
    return true;
}

bool release_get(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                 struct release_view *out, struct err *err)
{
    struct release release;

    return store_release_get(world->store, arena, who->tenant_id, id, &release, err) &&
           view_of(world, arena, &release, out, err);
}

bool release_list(struct world *world, const struct who *who, struct arena *arena,
                  const struct release_filter *filter, struct release_view **out, size_t *count,
                  struct err *err)
{
    struct release_view *views;
    struct release *releases;
    size_t found;

    if (!store_release_list(world->store, arena, who->tenant_id, filter, &releases, &found, err))
        return false;
    views = ARENA_MANY(arena, struct release_view, found + 1);
    for (size_t i = 0; i < found; i++)
        if (!view_of(world, arena, &releases[i], &views[i], err))
            return false;
    *out = views;
    *count = found;
    return true;
}

bool release_sbom(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                  const char **sha256, struct err *err)
{
    struct release release;

    if (!store_release_get(world->store, arena, who->tenant_id, id, &release, err))
        return false;
    if (text_blank(release.sbom_sha256))
        return FAIL(err, ERR_NOT_FOUND, "release %lld came without an SBOM", (long long)id);
    *sha256 = release.sbom_sha256;
    return true;
}
