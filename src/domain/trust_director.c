/* The papers of the director repository. Its targets, snapshot and timestamp are one online key's, so a root
 * is all that people sign there. */
#include "domain/trust_parts.h"

#include "base/file.h"
#include "base/text.h"
#include "domain/custody.h"
#include "domain/trust_apart.h"
#include "domain/trust_root.h"

/* ---- what stands ------------------------------------------------------------------ */

bool trust_director_read(struct ceremony *c, struct err *err)
{
    const struct repository *of = &c->stage.of;
    struct trust_role *root = &c->view.roles[TRUST_ROLE_DIRECTOR_ROOT],
                      *online = &c->view.roles[TRUST_ROLE_DIRECTOR_ONLINE];
    struct tuf_file file;

    if (!director_last_root(of, &c->director_root, err))
        return false;
    if (!c->director_root.version)
        return true;
    if (!director_root_read(of, c->director_root.bytes, &file, &c->director.now, err))
        return err_within(err, "the director's root");
    c->director.is_there = true;
    c->view.role_count = TRUST_ROLES_MAX;
    *root = (struct trust_role){.name = trust_paper_name[TRUST_DIRECTOR_ROOT],
                                .version = c->director_root.version,
                                .expires_ms = c->director_root.expires_ms,
                                .keys = c->director.now.roles[TUF_ROOT],
                                .is_held = director_holds(of, &c->director.now)};
    *online = (struct trust_role){
        .name = "director-online", .keys = c->director.now.roles[TUF_TIMESTAMP], .is_held = true};
    return true;
}

/* ---- staging ------------------------------------------------------------------------ */

/* Its one key speaks for all three roles below the root. */
static bool next_of(struct ceremony *c, const struct trust_wish *wish, struct tuf_root *out, struct err *err)
{
    const struct repository *of = &c->stage.of;
    struct key_public *online = ARENA_NEW(of->arena, struct key_public);

    if (wish->turns_online && !custody_director_next(of->world->custody, of->tenant, online, err))
        return false;
    if (!trust_root_next(of->arena, &c->director.now, wish, wish->turns_online ? online : NULL, of->now_ms,
                         out, err))
        return false;
    out->roles[TUF_TARGETS] = out->roles[TUF_TIMESTAMP];
    return true;
}

/* While the service holds the root it signs along: its admin's word is enough, as it is for a renewal. */
static bool sign_along(struct ceremony *c, struct span bytes, struct err *err)
{
    const struct repository *of = &c->stage.of;
    struct tuf_signature signature;
    const struct trust_signature row = {
        .keyid = signature.keyid, .sig = signature.sig, .handed_by = "service", .created_ms = of->now_ms};
    struct signer *signer;

    return custody_director(of->world->custody, of->tenant, &signer, err) &&
           signer_sign(signer, SIGNER_ROOT, bytes, &signature, err) &&
           store_trust_signature_put(of->world->store, of->tenant_id, trust_paper_name[TRUST_DIRECTOR_ROOT],
                                     &row, err);
}

bool trust_director_ask(struct ceremony *c, const struct trust_wish *wish, const char *by, struct err *err)
{
    struct tuf_root next;
    struct span bytes;

    if (!c->director.is_there)
        return FAIL(err, ERR_NOT_FOUND, "tenant %s has no director yet", c->stage.of.tenant);
    return next_of(c, wish, &next, err) && trust_keeps_apart(c, TRUST_DIRECTOR_ROOT, &next, err) &&
           tuf_root_write(c->stage.of.arena, &next, &bytes, err) &&
           trust_ask(&c->stage, TRUST_DIRECTOR_ROOT, next.version, next.expires_ms, bytes, by, err) &&
           (!c->view.roles[TRUST_ROLE_DIRECTOR_ROOT].is_held || sign_along(c, bytes, err));
}

/* ---- keys of one repository and not of the other ------------------------------------ */

bool trust_root_at(struct ceremony *c, enum trust_paper paper, int64_t version, struct tuf_root *out,
                   struct err *err)
{
    const struct repository *of = &c->stage.of;
    struct director_root row;
    struct tuf_file file;
    struct span bytes;

    if (paper != TRUST_DIRECTOR_ROOT)
        return stage_bytes(&c->stage, of->arena, stage_file_name(of->arena, tuf_role_name[TUF_ROOT], version),
                           &bytes, err) &&
               tuf_file_read(of->arena, bytes, "root", &file, err) &&
               tuf_root_read(of->arena, &file, out, err);
    return store_director_root_get(of->world->store, of->arena, of->tenant_id, version, &row, err) &&
           director_root_read(of, row.bytes, &file, out, err);
}

bool trust_keeps_apart(struct ceremony *c, enum trust_paper paper, const struct tuf_root *root,
                       struct err *err)
{
    bool is_director = paper == TRUST_DIRECTOR_ROOT;
    const struct chain *other = ceremony_chain(c, is_director ? TRUST_ROOT : TRUST_DIRECTOR_ROOT);

    return trust_apart(&c->stage.of, is_director, root, err) &&
           (!other->has_next || trust_apart_from(is_director, root, &other->next, err));
}

/* ---- publishing ----------------------------------------------------------------------- */

/* The gate first, then the file, then the row: a root that is served is in the trust folder, too. */
bool trust_director_publish(struct ceremony *c, const struct trust_waiting *w, struct err *err)
{
    const struct repository *of = &c->stage.of;
    struct director_gate gate;
    struct span bytes;
    const char *path;

    if (w->row.version != c->director_root.version + 1)
        return FAIL(err, ERR_CONFLICT, "this %s is version %lld and %lld is in force: stage it anew",
                    w->row.role, (long long)w->row.version, (long long)c->director_root.version);
    return trust_envelope(c, w, &c->director.now.roles[TUF_ROOT], &c->director.next.roles[TUF_ROOT], &bytes,
                          err) &&
           director_gate_open(&gate, of, err) && director_root_put(of, &c->director_root, bytes, err) &&
           director_gate_pass(&gate, err) && director_root_path(of, w->row.version, &path, err) &&
           file_write_whole(path, bytes, 0644, err) &&
           store_trust_drop(of->world->store, of->tenant_id, w->row.role, err);
}
