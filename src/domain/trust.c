#include "domain/trust.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/trust_ask.h"
#include "domain/trust_parts.h"
#include "domain/trust_root.h"

/* ---- staging -------------------------------------------------------------------- */

static bool ask(const struct stage *stage, enum tuf_role role, int64_t version, int64_t expires_ms,
                struct span bytes, const char *by, struct err *err)
{
    const struct trust_row row = {.role = tuf_role_name[role],
                                  .version = version,
                                  .expires_ms = expires_ms,
                                  .to_sign = arena_text(stage->of.arena, bytes),
                                  .created_by = by,
                                  .created_ms = stage->of.now_ms};

    return store_trust_put(stage->of.world->store, stage->of.tenant_id, &row, err);
}

bool trust_ask_targets(struct stage *stage, const char *by, int64_t life_days, struct err *err)
{
    struct tuf_targets targets;
    struct span bytes;

    return stage_targets_make(stage, life_days, &targets, &bytes, err) &&
           ask(stage, TUF_TARGETS, targets.version, targets.expires_ms, bytes, by, err);
}

bool trust_is_asked(const struct repository *repository, enum tuf_role role, bool *out, struct err *err)
{
    struct trust_row *rows;
    size_t count;

    if (!store_trust_list(repository->world->store, repository->arena, repository->tenant_id, &rows, &count,
                          err))
        return false;
    *out = false;
    for (size_t i = 0; i < count; i++)
        *out = *out || text_equal(rows[i].role, tuf_role_name[role]);
    return true;
}

/* The service's next targets key comes in, the one in force leaves. */
static bool turn_targets(struct ceremony *c, struct trust_change *change, struct err *err)
{
    struct arena *arena = c->stage.of.arena;
    struct key_public next, own;

    if (!c->view.roles[TUF_TARGETS].is_held)
        return FAIL(err, ERR_CONFLICT, "targets is signed by people: the service has no key of it to renew");
    if (change->add_count == TRUST_KEYS_AT_ONCE || change->remove_count == TRUST_KEYS_AT_ONCE)
        return FAIL(err, ERR_TOO_MANY, "at most %d keys at once", TRUST_KEYS_AT_ONCE);
    if (!signer_public(c->stage.signer, c->stage.keys[SIGNER_TARGETS], &own, err) ||
        !custody_next(c->stage.of.world->custody, c->stage.of.tenant, SIGNER_TARGETS, &next, err))
        return false;
    change->add[change->add_count++] = text_hex(arena, next.bytes, sizeof(next.bytes));
    change->remove[change->remove_count++] = arena_dup(arena, own.id);
    return true;
}

static bool ask_root(struct ceremony *c, const struct trust_wish *asked, const char *by, struct err *err)
{
    struct trust_wish wish = *asked;
    struct key_public online;
    struct tuf_root next;
    struct span bytes;

    if ((wish.turns_targets && !turn_targets(c, &wish.targets, err)) ||
        (wish.turns_online &&
         !custody_next(c->stage.of.world->custody, c->stage.of.tenant, SIGNER_ONLINE, &online, err)))
        return false;
    return trust_root_next(c->stage.of.arena, &c->root, &wish, wish.turns_online ? &online : NULL,
                           c->stage.of.now_ms, &next, err) &&
           tuf_root_write(c->stage.of.arena, &next, &bytes, err) &&
           ask(&c->stage, TUF_ROOT, next.version, next.expires_ms, bytes, by, err);
}

bool trust_stage(struct world *world, const struct who *who, struct arena *arena, enum tuf_role role,
                 const struct trust_wish *wish, int64_t now_ms, struct trust_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct ceremony c, after;

    if (!tx_begin(&tx, world->store, err) || !ceremony_open(&c, world, who, arena, now_ms, err) ||
        !(role == TUF_ROOT ? ask_root(&c, wish, who->name, err)
                           : trust_ask_targets(&c.stage, who->name, wish->life_days, err)) ||
        !ceremony_open(&after, world, who, arena, now_ms, err) ||
        !audit_note(world, who, "trust.stage", tuf_role_name[role], NULL, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    *out = after.view;
    return true;
}

bool trust_get(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
               struct trust_view *out, struct err *err)
{
    struct ceremony c;

    if (!ceremony_open(&c, world, who, arena, now_ms, err))
        return false;
    *out = c.view;
    return true;
}

/* ---- signing --------------------------------------------------------------------- */

static const struct key_public *key_of(const struct tuf_keys *keys, const char *keyid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->keys[i].id, keyid))
            return &keys->keys[i];
    return NULL;
}

static bool waits(const struct ceremony *c, enum tuf_role role, const struct trust_waiting **out,
                  struct err *err)
{
    *out = ceremony_waiting(c, role);
    return *out ||
           FAIL(err, ERR_NOT_FOUND, "no %s waits for signatures; stage it first", tuf_role_name[role]);
}

bool trust_to_sign(struct world *world, const struct who *who, struct arena *arena, enum tuf_role role,
                   struct span *out, struct err *err)
{
    const struct trust_waiting *w;
    struct ceremony c;

    if (!ceremony_open(&c, world, who, arena, 0, err) || !waits(&c, role, &w, err))
        return false;
    *out = span_of(w->row.to_sign);
    return true;
}

/* A root is signed by those who leave and by those who come. */
static bool signature_check(const struct ceremony *c, const struct trust_waiting *w, enum tuf_role role,
                            const char *keyid, const char *sig, struct err *err)
{
    const struct key_public *key = key_of(&c->root.roles[role], keyid);

    if (!key)
        key = key_of(&ceremony_root(c)->roles[role], keyid);
    if (!key)
        return FAIL(err, ERR_FORBIDDEN, "key %.64s is none of %s", keyid, tuf_role_name[role]);
    return key_verify(key, span_of(w->row.to_sign), sig) ||
           FAIL(err, ERR_FORBIDDEN,
                "key %.64s: this is no signature over the %s that waits, version %lld; fetch it and sign "
                "again",
                keyid, tuf_role_name[role], (long long)w->row.version);
}

bool trust_sign(struct world *world, const struct who *who, struct arena *arena, enum tuf_role role,
                const char *keyid, const char *sig, int64_t now_ms, struct trust_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct trust_signature row = {
        .keyid = keyid, .sig = sig, .handed_by = who->name, .created_ms = now_ms};
    const struct trust_waiting *w;
    struct ceremony c, after;

    if (!tx_begin(&tx, world->store, err) || !ceremony_open(&c, world, who, arena, now_ms, err) ||
        !waits(&c, role, &w, err) || !signature_check(&c, w, role, keyid, sig, err) ||
        !store_trust_signature_put(world->store, who->tenant_id, w->row.role, &row, err) ||
        !ceremony_open(&after, world, who, arena, now_ms, err) ||
        !audit_note(world, who, "trust.sign", tuf_role_name[role], keyid, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    *out = after.view;
    return true;
}

/* ---- publishing ------------------------------------------------------------------- */

static bool envelope_of(const struct ceremony *c, const struct trust_waiting *w, const struct tuf_keys *keys,
                        const struct tuf_keys *more, struct span *out, struct err *err)
{
    struct tuf_signature *given = ARENA_MANY(c->stage.of.arena, struct tuf_signature, w->signature_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < w->signature_count; i++) {
        const char *keyid = w->signatures[i].keyid;

        if (!key_of(keys, keyid) && !key_of(more, keyid))
            continue; /* of somebody who was to come before it was staged anew */
        memcpy(given[count].keyid, keyid, sizeof(given[count].keyid));
        memcpy(given[count++].sig, w->signatures[i].sig, sizeof(given->sig));
    }
    return tuf_envelope_write(c->stage.of.arena, span_of(w->row.to_sign), given, count, out, err);
}

static bool say_missing(const struct trust_waiting *w, struct err *err)
{
    for (size_t i = 0; i < w->need_count; i++)
        if (w->needs[i].have < w->needs[i].threshold)
            return FAIL(err, ERR_CONFLICT,
                        "%s %lld has %lld of the %lld signatures that the keys of %s must give", w->row.role,
                        (long long)w->row.version, (long long)w->needs[i].have,
                        (long long)w->needs[i].threshold, w->needs[i].by);
    return true;
}

/* A targets that is not ready stays, when there is a root to publish. */
static bool publish(struct ceremony *c, const struct trust_waiting *root, const struct trust_waiting *targets,
                    struct err *err)
{
    const struct tuf_root *next = ceremony_root(c);
    struct span root_bytes = {0}, targets_bytes = {0};
    struct store *store = c->stage.of.world->store;

    if (root && (!say_missing(root, err) ||
                 !envelope_of(c, root, &c->root.roles[TUF_ROOT], &next->roles[TUF_ROOT], &root_bytes, err)))
        return false;
    if (targets && root && !targets->is_ready)
        targets = NULL;
    if (targets &&
        (!say_missing(targets, err) ||
         !envelope_of(c, targets, &next->roles[TUF_TARGETS], &next->roles[TUF_TARGETS], &targets_bytes, err)))
        return false;
    return repository_take(&c->stage.of, root_bytes, targets_bytes, err) &&
           (!root || store_trust_drop(store, c->stage.of.tenant_id, root->row.role, err)) &&
           (!targets || store_trust_drop(store, c->stage.of.tenant_id, targets->row.role, err));
}

bool trust_publish(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
                   struct trust_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct trust_waiting *root, *targets;
    struct ceremony c, after;

    if (!tx_begin(&tx, world->store, err) || !ceremony_open(&c, world, who, arena, now_ms, err))
        return false;
    root = ceremony_waiting(&c, TUF_ROOT);
    targets = ceremony_waiting(&c, TUF_TARGETS);
    if (!root && !targets)
        return FAIL(err, ERR_CONFLICT, "nothing waits to be published; stage it first");
    if (!publish(&c, root, targets, err) || !ceremony_open(&after, world, who, arena, now_ms, err) ||
        !audit_note(world, who, "trust.publish", root ? (targets ? "root, targets" : "root") : "targets",
                    NULL, now_ms, err) ||
        !tx_commit(&tx, err) || !stage_promote(&after.stage, err))
        return false;
    *out = after.view;
    return true;
}

bool trust_drop(struct world *world, const struct who *who, struct arena *arena, enum tuf_role role,
                int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct trust_waiting *w;
    struct ceremony c;

    return tx_begin(&tx, world->store, err) && ceremony_open(&c, world, who, arena, now_ms, err) &&
           waits(&c, role, &w, err) && store_trust_drop(world->store, who->tenant_id, w->row.role, err) &&
           audit_note(world, who, "trust.drop", tuf_role_name[role], NULL, now_ms, err) &&
           tx_commit(&tx, err);
}
