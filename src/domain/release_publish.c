#include "domain/release.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/plans.h"
#include "domain/recall.h"
#include "domain/repository.h"
#include "store/tenants.h"

struct signing { /* one release, its family's living keys, and the signatures that count */
    struct release release;
    struct family family;
    struct tuf_keys keys;
    struct tuf_signature *signatures;
    const char **handed_in_by; /* beside each */
    size_t signature_count;
};

static const char *object_of(struct arena *arena, const struct release *release)
{
    return arena_printf(arena, "%lld %s %s", (long long)release->id, release->family, release->version);
}

static struct repository repository_of(struct world *world, const struct who *who, struct arena *arena,
                                       int64_t now_ms)
{
    return (struct repository){world, arena, who->tenant_id, who->tenant, now_ms};
}

static const struct key_public *key_of(const struct tuf_keys *keys, const char *keyid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->keys[i].id, keyid))
            return &keys->keys[i];
    return NULL;
}

static bool signing_load(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                         struct signing *out, struct err *err)
{
    return store_release_get(world->store, arena, who->tenant_id, id, &out->release, err) &&
           store_family_get(world->store, arena, who->tenant_id, out->release.family, &out->family, err) &&
           repository_family_keys(world, arena, &out->family, &out->keys, err);
}

/* Staged, or published and to be signed again. */
static bool must_await_signatures(const struct release *release, struct err *err)
{
    return !text_blank(release->to_sign) ||
           FAIL(err, ERR_CONFLICT, "release %lld is %s: it waits for no signature", (long long)release->id,
                release_state_name[release->state]);
}

/* ---- handing in ----------------------------------------------------------------- */

bool release_to_sign(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                     struct span *out, struct err *err)
{
    struct release release;

    if (!store_release_get(world->store, arena, who->tenant_id, id, &release, err) ||
        !must_await_signatures(&release, err))
        return false;
    *out = span_of(release.to_sign);
    return true;
}

static bool signature_check(const struct signing *signing, const char *keyid, const char *sig,
                            struct err *err)
{
    const struct key_public *key = key_of(&signing->keys, keyid);

    if (!key)
        return FAIL(err, ERR_FORBIDDEN, "key %.64s is not registered for %s, or was revoked", keyid,
                    signing->family.name);
    if (!key_verify(key, span_of(signing->release.to_sign), sig))
        return FAIL(
            err, ERR_FORBIDDEN,
            "key %.64s: this is no signature over version %lld of %s's metadata; fetch it and sign again",
            keyid, (long long)signing->release.to_sign_version, signing->family.name);
    return true;
}

bool release_sign(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                  const char *keyid, const char *sig, int64_t now_ms, struct release_view *out,
                  struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct signing signing = {0};
    struct release_signature row = {
        .release_id = id, .keyid = keyid, .sig = sig, .signed_by = who->name, .created_ms = now_ms};
    struct release_view view;

    if (!tx_begin(&tx, world->store, err) || !signing_load(world, who, arena, id, &signing, err) ||
        !must_await_signatures(&signing.release, err) || !signature_check(&signing, keyid, sig, err))
        return false;
    if (!store_signature_put(world->store, &row, err) ||
        !audit_note(world, who, "release.sign", object_of(arena, &signing.release), keyid, now_ms, err) ||
        !release_get(world, who, arena, id, &view, err) || !tx_commit(&tx, err))
        return false;
    *out = view;
    return true;
}

/* ---- publishing ----------------------------------------------------------------- */

/* Only what verifies with a living key goes into the envelope. */
static bool signatures_load(struct world *world, struct arena *arena, struct signing *signing,
                            struct err *err)
{
    struct release_signature *rows;
    size_t count;

    if (!store_signature_list(world->store, arena, signing->release.id, &rows, &count, err))
        return false;
    signing->signatures = ARENA_MANY(arena, struct tuf_signature, count + 1);
    signing->handed_in_by = ARENA_MANY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct key_public *key = key_of(&signing->keys, rows[i].keyid);
        struct tuf_signature *signature = &signing->signatures[signing->signature_count];

        if (!key || !key_verify(key, span_of(signing->release.to_sign), rows[i].sig))
            continue;
        memcpy(signature->keyid, key->id, sizeof(signature->keyid));
        memcpy(signature->sig, rows[i].sig, KEY_SIG_HEX_CHARS + 1);
        signing->handed_in_by[signing->signature_count++] = rows[i].signed_by;
    }
    return true;
}

/* Has the family published since this release was made? Then what was signed before is void. */
static bool has_moved_on(struct world *world, struct arena *arena, const struct release *release)
{
    struct release *current;
    struct err err;
    size_t count;

    if (!store_release_current(world->store, arena, release->tenant_id, release->family, &current, &count,
                               &err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (current[i].published_ms >= release->created_ms)
            return true;
    return false;
}

static bool enough(struct world *world, struct arena *arena, const struct signing *signing, struct err *err)
{
    const struct release *release = &signing->release;
    int64_t valid = tuf_count_valid(span_of(release->to_sign), signing->signatures, signing->signature_count,
                                    &signing->keys);

    if (valid >= signing->family.threshold)
        return true;
    return FAIL(err, ERR_CONFLICT, "release %lld has %lld of the %lld signatures that %s needs%s",
                (long long)release->id, (long long)valid, (long long)signing->family.threshold,
                signing->family.name,
                has_moved_on(world, arena, release)
                    ? "; the family has published since: what was signed before is void, sign again"
                    : "");
}

/* A renewal changes the family's metadata alone: the release is published already. */
static bool move(struct world *world, const struct release *release, int64_t now_ms, struct err *err)
{
    bool moved = true;

    if (release->state == RELEASE_STAGED && !store_release_move(world->store, release->id, RELEASE_STAGED,
                                                                RELEASE_PUBLISHED, now_ms, &moved, err))
        return false;
    return moved || FAIL(err, ERR_CONFLICT, "release %lld is not staged any more", (long long)release->id);
}

/* Inside the tx: files, state and audit are one. */
static bool publish(struct world *world, const struct who *who, struct arena *arena,
                    const struct signing *signing, int64_t now_ms, struct err *err)
{
    struct repository repository = repository_of(world, who, arena, now_ms);
    const struct release *release = &signing->release;
    const char *detail = release->state == RELEASE_PUBLISHED ? "signed again" : NULL;

    return repository_publish(&repository, release, signing->signatures, signing->signature_count, err) &&
           move(world, release, now_ms, err) && repository_restage(&repository, release->family, err) &&
           audit_note(world, who, "release.publish", object_of(arena, release), detail, now_ms, err);
}

/* Somebody else than who uploaded it publishes it, or has handed in a signature that counts. */
static bool has_four_eyes(const struct who *who, const struct signing *signing)
{
    const char *uploader = signing->release.created_by;

    for (size_t i = 0; i < signing->signature_count; i++)
        if (!text_equal(signing->handed_in_by[i], uploader))
            return true;
    return !text_equal(who->name, uploader);
}

static bool four_eyes(struct world *world, const struct who *who, struct arena *arena,
                      const struct signing *signing, struct err *err)
{
    struct tenant tenant;

    if (!store_tenant_get(world->store, arena, who->tenant_id, &tenant, err))
        return false;
    return !tenant.four_eyes_on || has_four_eyes(who, signing) ||
           FAIL(err, ERR_FORBIDDEN,
                "release %lld was uploaded by %s, and nobody else has signed it: another person publishes it",
                (long long)signing->release.id, signing->release.created_by);
}

/* May it be published, as far as signatures and its family's order go? */
static bool is_ready(struct world *world, struct arena *arena, struct signing *signing, struct err *err)
{
    const struct release *release = &signing->release;

    return must_await_signatures(release, err) &&
           (release->state == RELEASE_PUBLISHED || release_follows(world, arena, release, err)) &&
           enough(world, arena, signing, err);
}

/* After the commit. */
static void tell_all(struct world *world, int64_t tenant_id)
{
    if (world->plans)
        plans_forget(world->plans, tenant_id);
    bell_ring_tenant(world->bell, tenant_id);
}

bool release_publish(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                     int64_t now_ms, struct release_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct signing signing = {0};
    struct release_view view;

    if (!tx_begin(&tx, world->store, err) || !signing_load(world, who, arena, id, &signing, err) ||
        !signatures_load(world, arena, &signing, err))
        return false;
    if (signing.release.state == RELEASE_PUBLISHED && signing.signature_count == 0)
        return release_get(world, who, arena, id, out, err);
    if (!is_ready(world, arena, &signing, err) || !four_eyes(world, who, arena, &signing, err) ||
        !publish(world, who, arena, &signing, now_ms, err) ||
        !release_get(world, who, arena, id, &view, err) || !tx_commit(&tx, err))
        return false;
    tell_all(world, who->tenant_id);
    *out = view;
    return true;
}

bool release_withdraw(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                      int64_t now_ms, struct release_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct repository repository = repository_of(world, who, arena, now_ms);
    struct release release;
    struct release_view view;
    bool moved;

    if (!tx_begin(&tx, world->store, err) ||
        !store_release_get(world->store, arena, who->tenant_id, id, &release, err))
        return false;
    if (release.state == RELEASE_WITHDRAWN)
        return release_get(world, who, arena, id, out, err);
    if (!store_release_move(world->store, id, release.state, RELEASE_WITHDRAWN, now_ms, &moved, err) ||
        !recall_release(world, who->tenant_id, id, now_ms, err) ||
        !repository_restage(&repository, release.family, err) ||
        !audit_note(world, who, "release.withdraw", object_of(arena, &release), NULL, now_ms, err) ||
        !release_get(world, who, arena, id, &view, err) || !tx_commit(&tx, err))
        return false;
    tell_all(world, who->tenant_id);
    *out = view;
    return true;
}
