#include "domain/trust_parts.h"

#include "base/text.h"
#include "domain/setback.h"

const char *const trust_paper_name[TRUST_PAPER__MAX] = {
    [TRUST_ROOT] = "root", [TRUST_TARGETS] = "targets", [TRUST_DIRECTOR_ROOT] = "director-root"};

static bool is_own(const struct stage *stage, enum signer_key which, const struct tuf_keys *keys)
{
    struct key_public own;
    struct err none;

    if (keys->threshold != 1 || !signer_public(stage->signer, stage->keys[which], &own, &none))
        return false;
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->keys[i].id, own.id))
            return true;
    return false;
}

static void roles_fill(struct ceremony *c)
{
    for (int role = 0; role < TUF_ROLE__MAX; role++) {
        const struct tuf_role_row *row = stage_role(c->stage.roles, c->stage.role_count, tuf_role_name[role]);
        struct trust_role *out = &c->view.roles[role];
        bool is_root = role == TUF_ROOT;

        out->name = tuf_role_name[role];
        out->keys = c->image.now.roles[role];
        out->version = row ? row->version : 0;
        out->expires_ms = row ? row->expires_ms : 0;
        out->is_held =
            !is_root && is_own(&c->stage, role == TUF_TARGETS ? SIGNER_TARGETS : SIGNER_ONLINE, &out->keys);
    }
    c->view.role_count = TUF_ROLE__MAX;
}

const struct trust_waiting *ceremony_waiting(const struct ceremony *c, enum trust_paper paper)
{
    for (size_t i = 0; i < c->view.waiting_count; i++)
        if (text_equal(c->view.waiting[i].row.role, trust_paper_name[paper]))
            return &c->view.waiting[i];
    return NULL;
}

const struct chain *ceremony_chain(const struct ceremony *c, enum trust_paper paper)
{
    return paper == TRUST_DIRECTOR_ROOT ? &c->director : &c->image;
}

const struct tuf_root *chain_head(const struct chain *chain)
{
    return chain->has_next ? &chain->next : &chain->now;
}

enum tuf_role trust_role_of(enum trust_paper paper)
{
    return paper == TRUST_TARGETS ? TUF_TARGETS : TUF_ROOT;
}

static bool next_read(struct ceremony *c, const struct trust_row *row, struct chain *chain, struct err *err)
{
    struct arena *arena = c->stage.of.arena;
    struct tuf_file file;
    struct span envelope;

    /* The reader takes envelopes only. */
    if (!tuf_envelope_write(arena, span_of(row->to_sign), NULL, 0, &envelope, err) ||
        !tuf_file_read(arena, envelope, "root", &file, err) ||
        !tuf_root_read(arena, &file, &chain->next, err))
        return err_within(err, "the %s that waits", row->role);
    chain->has_next = true;
    return true;
}

static int64_t count_valid(const struct ceremony *c, const struct trust_waiting *w,
                           const struct tuf_keys *keys)
{
    struct tuf_signature *given = ARENA_MANY(c->stage.of.arena, struct tuf_signature, w->signature_count + 1);

    for (size_t i = 0; i < w->signature_count; i++) {
        memcpy(given[i].keyid, w->signatures[i].keyid, sizeof(given[i].keyid));
        memcpy(given[i].sig, w->signatures[i].sig, sizeof(given[i].sig));
    }
    return tuf_count_valid(span_of(w->row.to_sign), given, w->signature_count, keys);
}

static void need(const struct ceremony *c, struct trust_waiting *w, const char *by,
                 const struct tuf_keys *keys)
{
    struct trust_need *n = &w->needs[w->need_count++];

    *n = (struct trust_need){by, count_valid(c, w, keys), keys->threshold};
    w->is_ready = (w->need_count == 1 || w->is_ready) && n->have >= n->threshold;
}

static bool is_paper(const struct trust_waiting *w, enum trust_paper paper)
{
    return text_equal(w->row.role, trust_paper_name[paper]);
}

static void needs_fill(struct ceremony *c, struct trust_waiting *w)
{
    const struct chain *chain = is_paper(w, TRUST_DIRECTOR_ROOT) ? &c->director : &c->image;

    if (is_paper(w, TRUST_TARGETS)) {
        need(c, w, "targets", &chain_head(chain)->roles[TUF_TARGETS]);
        return;
    }
    need(c, w, "root in force", &chain->now.roles[TUF_ROOT]);
    need(c, w, "root to come", &chain->next.roles[TUF_ROOT]);
}

static bool waiting_fill(struct ceremony *c, struct err *err)
{
    struct store *store = c->stage.of.world->store;
    struct arena *arena = c->stage.of.arena;
    struct trust_row *rows;
    size_t count;

    if (!store_trust_list(store, arena, c->stage.of.tenant_id, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count && i < COUNT(c->view.waiting); i++) {
        struct trust_waiting *w = &c->view.waiting[c->view.waiting_count++];

        w->row = rows[i];
        if (!store_trust_signature_list(store, arena, c->stage.of.tenant_id, w->row.role, &w->signatures,
                                        &w->signature_count, err) ||
            (is_paper(w, TRUST_ROOT) && !next_read(c, &w->row, &c->image, err)) ||
            (is_paper(w, TRUST_DIRECTOR_ROOT) && !next_read(c, &w->row, &c->director, err)))
            return false;
    }
    for (size_t i = 0; i < c->view.waiting_count; i++)
        needs_fill(c, &c->view.waiting[i]);
    return true;
}

bool ceremony_open(struct ceremony *out, struct world *world, const struct who *who, struct arena *arena,
                   int64_t now_ms, struct err *err)
{
    const struct repository repository = {world, arena, who->tenant_id, who->tenant, now_ms};

    *out = (struct ceremony){.image.is_there = true};
    if (!stage_open(&out->stage, &repository, err) || !stage_root_now(&out->stage, &out->image.now, err))
        return false;
    roles_fill(out);
    return trust_director_read(out, err) && waiting_fill(out, err) &&
           setback_get(world, arena, who->tenant_id, &out->view.setback, err);
}
