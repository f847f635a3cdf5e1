#include "domain/setback.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/tenant.h"
#include "signing/checkpoint.h"
#include "store/setbacks.h"

#define MARK_BYTES_MAX 64

enum setback_kind setback_of(const struct setback_facts *facts)
{
    if (facts->is_restored)
        return SETBACK_RESTORED;
    if (facts->seen_no > facts->had_no)
        return SETBACK_OLDER;
    if (facts->seen_no && !text_equal(facts->own_digest, facts->digest))
        return SETBACK_OTHER;
    return SETBACK_NONE;
}

/* ---- in words --------------------------------------------------------------------------- */

const char *setback_words(struct arena *arena, const struct setback *setback)
{
    const char *gone = "whatever was done since is missing here, also what was approved and revoked";

    switch (setback->kind) {
    case SETBACK_OLDER:
        return arena_printf(arena,
                            "an older database was put back: its audit log ends at record %" PRId64
                            ", and the signer has seen record %" PRId64 "; %s",
                            setback->had_no, setback->seen_no, gone);
    case SETBACK_OTHER:
        return arena_printf(arena,
                            "this is not the database that was here: record %" PRId64
                            " of its audit log is not the one that the signer has seen; an older one was put "
                            "back and written on, or the log was changed",
                            setback->seen_no);
    case SETBACK_RESTORED:
        return arena_printf(arena, "this folder was restored from a backup%s%s; %s",
                            setback->backup_ms ? " of " : "",
                            setback->backup_ms ? text_time(arena, setback->backup_ms) : "", gone);
    case SETBACK_NONE:
    case SETBACK__MAX:
        break;
    }
    return "";
}

/* Machines that saw more of the image repository than is here take its lower versions under another key only. */
#define AGAIN                                                                                                \
    "revoke again what was revoked since; where machines refuse what is signed now as a rollback, renew "    \
    "the "                                                                                                   \
    "online key (nightshift trust stage root --new-online); then: nightshift trust accept --reason TEXT"

const char *setback_next(const struct setback *setback)
{
    if (setback->kind == SETBACK_RESTORED)
        return AGAIN;
    return "was it you? then " AGAIN
           ". If not, somebody else writes on this machine: hold a log that was kept "
           "elsewhere against this one (nightshift audit verify FILE), and give it new keys (nightshift "
           "trust "
           "stage --help)";
}

static void say(const struct tenant *tenant, struct arena *arena, const struct setback *setback)
{
    log_say(setback->kind == SETBACK_RESTORED ? LOG_WARN : LOG_ERROR, "store.set-back", "tenant",
            tenant->name, "kind", setback_kind_name[setback->kind], "why", setback_words(arena, setback),
            "next", "nightshift trust status", NULL);
}

/* ---- what the signer remembers -------------------------------------------------------------- */

/* *has false: no online key, so nobody to remember. */
static bool signer_of(struct world *world, const struct tenant *tenant, struct signer **out, bool *has,
                      struct err *err)
{
    *has = world->custody && !custody_is_gone(world->custody) &&
           custody_signer(world->custody, tenant->name, out, err);
    return *has || !world->custody || custody_is_gone(world->custody) || err->code == ERR_NOT_FOUND;
}

static bool own_digest(struct world *world, struct arena *arena, int64_t tenant_id, int64_t no,
                       const char **out, struct err *err)
{
    struct audit *records;
    size_t count;

    if (!store_audit_chain(world->store, arena, tenant_id, no - 1, 1, &records, &count, err))
        return false;
    *out = count && records[0].no == no ? records[0].digest : NULL;
    return true;
}

static bool facts_read(struct world *world, struct arena *arena, const struct tenant *tenant,
                       struct setback_facts *facts, struct err *err)
{
    struct signer_seen *seen = ARENA_NEW(arena, struct signer_seen);
    struct audit_head head;
    struct signer *signer;
    bool has = false;

    facts->digest = "";
    if (!store_audit_head(world->store, tenant->id, &head, err) ||
        !signer_of(world, tenant, &signer, &has, err) ||
        (has && !signer_witness(signer, (struct span){NULL, 0}, seen, err)))
        return false;
    facts->had_no = head.no;
    if (has && seen->no) {
        facts->seen_no = seen->no;
        facts->digest = seen->digest;
        return own_digest(world, arena, tenant->id, seen->no, &facts->own_digest, err);
    }
    return true;
}

/* ---- noticing ------------------------------------------------------------------------------- */

struct looking {
    struct world *world;
    int64_t now_ms, backup_ms;
    bool is_restored;
};

static const char *mark_path(const struct world *world, struct arena *arena)
{
    return arena_printf(arena, "%s/" SETBACK_MARK, store_dir(world->store));
}

/* What it says counts less than that it lies there. */
static bool mark_read(struct looking *l, struct arena *arena, struct err *err)
{
    const char *path = mark_path(l->world, arena);
    struct span text;

    l->is_restored = file_exists(path);
    if (!l->is_restored)
        return true;
    if (!file_read(arena, path, MARK_BYTES_MAX, &text, err))
        return false;
    if (!text_time_parse(arena_text(arena, text_trim(text)), &l->backup_ms))
        l->backup_ms = 0;
    return true;
}

static bool note(const struct looking *l, struct arena *arena, const struct tenant *tenant,
                 const struct setback *setback, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    if (!tx_begin(&tx, l->world->store, err) ||
        !store_setback_put(l->world->store, tenant->id, setback, err) ||
        !audit_service(l->world, tenant->id, "store.set-back", setback_kind_name[setback->kind],
                       setback_words(arena, setback), l->now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    say(tenant, arena, setback);
    return true;
}

/* One that was noticed, and perhaps accepted, is the same as long as the signer remembers the same. */
static bool is_known(const struct setback *known, const struct setback_facts *facts)
{
    return !facts->is_restored && known->kind != SETBACK_NONE && known->seen_no == facts->seen_no &&
           text_equal(known->digest, facts->digest);
}

static bool look_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct looking *l = ctx;
    struct setback_facts facts = {.is_restored = l->is_restored};
    struct setback known;

    if (!facts_read(l->world, arena, tenant, &facts, err) ||
        !store_setback_get(l->world->store, arena, tenant->id, &known, err))
        return err_within(err, "comparing the database with what the signer remembers of %s", tenant->name);
    const struct setback now = {.kind = setback_of(&facts),
                                .noticed_ms = l->now_ms,
                                .had_no = facts.had_no,
                                .seen_no = facts.seen_no,
                                .digest = facts.digest,
                                .backup_ms = l->backup_ms};

    if (now.kind != SETBACK_NONE && !is_known(&known, &facts))
        return note(l, arena, tenant, &now, err);
    if (known.kind != SETBACK_NONE && !known.accepted_ms)
        say(tenant, arena, &known);
    return true;
}

static bool look(struct looking *l, struct arena *arena, struct err *err)
{
    return mark_read(l, arena, err) && tenant_each(l->world, look_visit, l, err) &&
           (!l->is_restored || unlink(mark_path(l->world, arena)) == 0 ||
            FAIL_ERRNO(err, mark_path(l->world, arena)));
}

bool setback_look(struct world *world, int64_t now_ms)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct looking l = {.world = world, .now_ms = now_ms};
    struct err err = {0};

    if (!look(&l, arena, &err))
        log_say(LOG_ERROR, "store.unjudged", "why", err.text, "next",
                "whether the database is an older one is not known: put this right and restart nightshiftd",
                NULL);
    return true;
}

/* ---- telling the signer ------------------------------------------------------------------------ */

/* Read outside of a tx: what is seen there is on disk. */
static bool tell_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct looking *l = ctx;
    struct signer_seen ignored;
    struct audit_head head;
    struct signer *signer;
    struct span body;
    bool has;

    if (!store_audit_head(l->world->store, tenant->id, &head, err) ||
        !signer_of(l->world, tenant, &signer, &has, err))
        return false;
    const struct checkpoint now = {
        .tenant = tenant->name, .no = head.no, .digest = head.digest, .at_ms = l->now_ms};

    return !has || !head.no ||
           (checkpoint_write(arena, &now, &body, err) && signer_witness(signer, body, &ignored, err));
}

bool setback_tick(struct world *world, int64_t now_ms, struct err *err)
{
    return tenant_each(world, tell_visit, &(struct looking){.world = world, .now_ms = now_ms}, err);
}

/* ---- while it stands --------------------------------------------------------------------------- */

bool setback_get(struct world *world, struct arena *arena, int64_t tenant_id, struct setback *out,
                 struct err *err)
{
    if (!store_setback_get(world->store, arena, tenant_id, out, err))
        return false;
    if (out->accepted_ms)
        out->kind = SETBACK_NONE;
    return true;
}

bool setback_accept(struct world *world, const struct who *who, const char *reason, int64_t now_ms,
                    struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    bool moved;

    if (!tx_begin(&tx, world->store, err) ||
        !store_setback_accept(world->store, who->tenant_id, now_ms, &moved, err))
        return false;
    if (!moved)
        return FAIL(err, ERR_CONFLICT, "there is nothing to accept: the database is the one that was here");
    return audit_note(world, who, "trust.accept", "store", reason, now_ms, err) && tx_commit(&tx, err);
}

struct figures {
    struct world *world;
    struct buf *out;
};

static bool figures_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct figures *f = ctx;
    struct setback setback;

    if (!setback_get(f->world, arena, tenant->id, &setback, err))
        return false;
    buf_printf(f->out, "nightshift_store_set_back{tenant=\"%s\"} %d\n", tenant->name,
               setback.kind != SETBACK_NONE);
    return true;
}

void setback_figures(struct world *world, struct buf *out)
{
    struct figures figures = {world, out};
    struct err err;

    buf_text(
        out,
        "# HELP nightshift_store_set_back Whether the database is an older one, or restored, and nobody has"
        " accepted it yet: alarm above 0.\n# TYPE nightshift_store_set_back gauge\n");
    if (!tenant_each(world, figures_visit, &figures, &err))
        log_say(LOG_WARN, "setback.figures", "why", err.text, NULL);
}
