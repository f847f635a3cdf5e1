#include "domain/trust.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/trust_ask.h"
#include "domain/trust_parts.h"
#include "domain/trust_root.h"

/* ---- staging -------------------------------------------------------------------- */

bool trust_ask(const struct stage *stage, enum trust_paper paper, int64_t version, int64_t expires_ms,
               struct span bytes, const char *by, struct err *err)
{
    const struct trust_row row = {.role = trust_paper_name[paper],
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
           trust_ask(stage, TRUST_TARGETS, targets.version, targets.expires_ms, bytes, by, err);
}

bool trust_is_asked(const struct repository *repository, enum trust_paper paper, bool *out, struct err *err)
{
    struct trust_row *rows;
    size_t count;

    if (!store_trust_list(repository->world->store, repository->arena, repository->tenant_id, &rows, &count,
                          err))
        return false;
    *out = false;
    for (size_t i = 0; i < count; i++)
        *out = *out || text_equal(rows[i].role, trust_paper_name[paper]);
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
    return trust_root_next(c->stage.of.arena, &c->image.now, &wish, wish.turns_online ? &online : NULL,
                           c->stage.of.now_ms, &next, err) &&
           trust_keeps_apart(c, TRUST_ROOT, &next, err) &&
           tuf_root_write(c->stage.of.arena, &next, &bytes, err) &&
           trust_ask(&c->stage, TRUST_ROOT, next.version, next.expires_ms, bytes, by, err);
}

static bool ask_paper(struct ceremony *c, enum trust_paper paper, const struct trust_wish *wish,
                      const char *by, struct err *err)
{
    switch (paper) {
    case TRUST_ROOT:
        return ask_root(c, wish, by, err);
    case TRUST_TARGETS:
        return trust_ask_targets(&c->stage, by, wish->life_days, err);
    default:
        return trust_director_ask(c, wish, by, err);
    }
}

bool trust_stage(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                 const struct trust_wish *wish, int64_t now_ms, struct trust_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct ceremony c, after;

    if (!tx_begin(&tx, world->store, err) || !ceremony_open(&c, world, who, arena, now_ms, err) ||
        !ask_paper(&c, paper, wish, who->name, err) ||
        !ceremony_open(&after, world, who, arena, now_ms, err) ||
        !audit_note(world, who, "trust.stage", trust_paper_name[paper], NULL, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    *out = after.view;
    return true;
}

bool trust_get(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
               struct trust_view *out, struct err *err)
{
    struct ceremony c;

    if (!ceremony_open(&c, world, who, arena, now_ms, err) || !trust_progress(&c, err))
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

static bool waits(const struct ceremony *c, enum trust_paper paper, const struct trust_waiting **out,
                  struct err *err)
{
    *out = ceremony_waiting(c, paper);
    return *out ||
           FAIL(err, ERR_NOT_FOUND, "no %s waits for signatures; stage it first", trust_paper_name[paper]);
}

bool trust_to_sign(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                   struct span *out, struct err *err)
{
    const struct trust_waiting *w;
    struct ceremony c;

    if (!ceremony_open(&c, world, who, arena, 0, err) || !waits(&c, paper, &w, err))
        return false;
    *out = span_of(w->row.to_sign);
    return true;
}

bool trust_in_force(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                    struct span *out, struct err *err)
{
    enum tuf_role role = trust_role_of(paper);
    struct ceremony c;

    if (!ceremony_open(&c, world, who, arena, 0, err))
        return false;
    if (paper != TRUST_DIRECTOR_ROOT)
        return stage_bytes(&c.stage, arena,
                           stage_file_name(arena, tuf_role_name[role], c.view.roles[role].version), out, err);
    if (!c.director.is_there)
        return FAIL(err, ERR_NOT_FOUND, "tenant %s has no director yet", who->tenant);
    *out = c.director_root.bytes;
    return true;
}

/* A root is signed by those who leave and by those who come. */
static bool signature_check(const struct ceremony *c, const struct trust_waiting *w, enum trust_paper paper,
                            const char *keyid, const char *sig, struct err *err)
{
    const struct chain *chain = ceremony_chain(c, paper);
    enum tuf_role role = trust_role_of(paper);
    const struct key_public *key = key_of(&chain->now.roles[role], keyid);

    if (!key)
        key = key_of(&chain_head(chain)->roles[role], keyid);
    if (!key)
        return FAIL(err, ERR_FORBIDDEN, "key %.64s is none of %s", keyid, trust_paper_name[paper]);
    return key_verify(key, span_of(w->row.to_sign), sig) ||
           FAIL(err, ERR_FORBIDDEN,
                "key %.64s: this is no signature over the %s that waits, version %lld; fetch it and sign "
                "again",
                keyid, trust_paper_name[paper], (long long)w->row.version);
}

bool trust_sign(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                const char *keyid, const char *sig, int64_t now_ms, struct trust_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct trust_signature row = {
        .keyid = keyid, .sig = sig, .handed_by = who->name, .created_ms = now_ms};
    const struct trust_waiting *w;
    struct ceremony c, after;

    if (!tx_begin(&tx, world->store, err) || !ceremony_open(&c, world, who, arena, now_ms, err) ||
        !waits(&c, paper, &w, err) || !signature_check(&c, w, paper, keyid, sig, err) ||
        !store_trust_signature_put(world->store, who->tenant_id, w->row.role, &row, err) ||
        !ceremony_open(&after, world, who, arena, now_ms, err) ||
        !audit_note(world, who, "trust.sign", trust_paper_name[paper], keyid, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    *out = after.view;
    return true;
}

/* ---- publishing ------------------------------------------------------------------- */

bool trust_envelope(const struct ceremony *c, const struct trust_waiting *w, const struct tuf_keys *keys,
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

struct due { /* what is published as one; NULL: not that paper */
    const struct trust_waiting *root, *targets, *director;
};

/* What is not ready stays where something else is; where nothing is, its signatures are what is missing. */
static struct due due_of(const struct ceremony *c)
{
    struct due due = {.root = ceremony_waiting(c, TRUST_ROOT),
                      .targets = ceremony_waiting(c, TRUST_TARGETS),
                      .director = ceremony_waiting(c, TRUST_DIRECTOR_ROOT)};
    bool is_image_ready = due.root ? due.root->is_ready : due.targets && due.targets->is_ready;

    if (due.director && due.director->is_ready && !is_image_ready)
        due.root = due.targets = NULL;
    else if (due.director && !due.director->is_ready && (due.root || due.targets))
        due.director = NULL;
    if (due.root && due.targets && !due.targets->is_ready)
        due.targets = NULL;
    return due;
}

static bool publish_images(struct ceremony *c, const struct due *due, struct err *err)
{
    const struct tuf_root *now = &c->image.now, *next = chain_head(&c->image);
    const struct tuf_keys *managers = &next->roles[TUF_TARGETS];
    struct span root_bytes = {0}, targets_bytes = {0};
    struct store *store = c->stage.of.world->store;
    int64_t tenant_id = c->stage.of.tenant_id;

    if (!due->root && !due->targets)
        return true;
    return (!due->root ||
            (say_missing(due->root, err) && trust_envelope(c, due->root, &now->roles[TUF_ROOT],
                                                           &next->roles[TUF_ROOT], &root_bytes, err))) &&
           (!due->targets || (say_missing(due->targets, err) &&
                              trust_envelope(c, due->targets, managers, managers, &targets_bytes, err))) &&
           repository_take(&c->stage.of, root_bytes, targets_bytes, err) &&
           (!due->root || store_trust_drop(store, tenant_id, due->root->row.role, err)) &&
           (!due->targets || store_trust_drop(store, tenant_id, due->targets->row.role, err));
}

static bool publish(struct ceremony *c, const struct due *due, struct err *err)
{
    return publish_images(c, due, err) && (!due->director || (say_missing(due->director, err) &&
                                                              trust_director_publish(c, due->director, err)));
}

static const char *names_of(struct arena *arena, const struct due *due)
{
    const struct trust_waiting *const papers[] = {due->root, due->targets, due->director};
    struct buf names = {.arena = arena};

    for (size_t i = 0; i < COUNT(papers); i++)
        if (papers[i])
            buf_printf(&names, "%s%s", names.size ? ", " : "", papers[i]->row.role);
    return buf_cstr(&names);
}

bool trust_publish(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
                   struct trust_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct ceremony c, after;
    struct due due;

    if (!tx_begin(&tx, world->store, err) || !ceremony_open(&c, world, who, arena, now_ms, err))
        return false;
    due = due_of(&c);
    if (!due.root && !due.targets && !due.director)
        return FAIL(err, ERR_CONFLICT, "nothing waits to be published; stage it first");
    if (!publish(&c, &due, err) || !ceremony_open(&after, world, who, arena, now_ms, err) ||
        !audit_note(world, who, "trust.publish", names_of(arena, &due), NULL, now_ms, err) ||
        !tx_commit(&tx, err) || !stage_promote(&after.stage, err) || !director_settle(&after.stage.of, err))
        return false;
    *out = after.view;
    return true;
}

bool trust_drop(struct world *world, const struct who *who, struct arena *arena, enum trust_paper paper,
                int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct trust_waiting *w;
    struct ceremony c;

    return tx_begin(&tx, world->store, err) && ceremony_open(&c, world, who, arena, now_ms, err) &&
           waits(&c, paper, &w, err) && store_trust_drop(world->store, who->tenant_id, w->row.role, err) &&
           audit_note(world, who, "trust.drop", trust_paper_name[paper], NULL, now_ms, err) &&
           tx_commit(&tx, err);
}
