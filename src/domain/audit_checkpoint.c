#include "base/log.h"
#include "base/syslog.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/tenant.h"
#include "signing/checkpoint.h"
#include "store/tuf_files.h"

#define HOUR_MS (60 * 60 * 1000LL)

/* Has the chain grown enough, or any within the hour? */
static bool is_due(const struct world *world, const struct audit_head *head, const struct audit_mark *mark,
                   int64_t now_ms)
{
    int64_t grown = head->no - mark->no;

    return grown >= world->settings->audit_checkpoint_every || (grown > 0 && now_ms - mark->at_ms >= HOUR_MS);
}

static bool look(struct world *world, int64_t tenant_id, int64_t now_ms, struct audit_head *head,
                 bool *is_due_now, struct err *err)
{
    struct audit_mark mark;

    if (!store_audit_head(world->store, tenant_id, head, err) ||
        !store_audit_mark_last(world->store, tenant_id, &mark, err))
        return false;
    *is_due_now = is_due(world, head, &mark, now_ms);
    return true;
}

/* A tenant without a repository has no online key. */
static bool has_key(struct world *world, struct arena *arena, int64_t tenant_id, bool *has, struct err *err)
{
    struct tuf_role_row *rows;
    size_t count = 0;

    if (!store_tuf_role_list(world->store, arena, tenant_id, &rows, &count, err))
        return false;
    *has = count > 0;
    return true;
}

static bool signed_head(struct world *world, struct arena *arena, const struct tenant *tenant,
                        const struct audit_head *head, int64_t now_ms, struct span *out, struct err *err)
{
    struct checkpoint checkpoint = {
        .tenant = tenant->name, .no = head->no, .digest = head->digest, .at_ms = now_ms};
    struct tuf_signature signature;
    struct signer *signer;
    struct span body;

    return checkpoint_write(arena, &checkpoint, &body, err) &&
           custody_signer(world->custody, tenant->name, &signer, err) &&
           signer_sign(signer, SIGNER_ONLINE, body, &signature, err) &&
           tuf_envelope_write(arena, body, &signature, 1, out, err);
}

/* What is told cannot be taken back by who owns this machine later. Not being heard keeps nobody from
 * working. */
static void tell(struct world *world, struct arena *arena, const struct tenant *tenant,
                 const struct audit_head *head)
{
    const char *path = world->settings->audit_syslog;
    struct err err;

    if (!text_blank(path) && !syslog_say(path,
                                         arena_printf(arena, "audit tenant=%s anchor=%lld:%s", tenant->name,
                                                      (long long)head->no, head->digest),
                                         &err))
        log_say(LOG_WARN, "audit.anchor", "why", err.text, NULL);
}

/* The head is read again by the writer: no record may come between it and its checkpoint. */
static bool mark(struct world *world, struct arena *arena, const struct tenant *tenant, int64_t now_ms,
                 struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct audit_mark row = {.at_ms = now_ms};
    struct audit_head head;
    bool is_still_due;

    if (!tx_begin(&tx, world->store, err) || !look(world, tenant->id, now_ms, &head, &is_still_due, err))
        return false;
    if (!is_still_due)
        return true;
    row.no = head.no;
    if (!signed_head(world, arena, tenant, &head, now_ms, &row.envelope, err) ||
        !store_audit_mark_put(world->store, tenant->id, &row, err) || !tx_commit(&tx, err))
        return false;
    tell(world, arena, tenant, &head);
    return true;
}

struct ticking {
    struct world *world;
    int64_t now_ms;
};

static bool tick_tenant(const struct ticking *t, struct arena *arena, const struct tenant *tenant,
                        struct err *err)
{
    struct audit_head head;
    bool is_due_now, has;

    if (!look(t->world, tenant->id, t->now_ms, &head, &is_due_now, err))
        return false;
    if (!is_due_now)
        return true;
    return has_key(t->world, arena, tenant->id, &has, err) &&
           (!has || mark(t->world, arena, tenant, t->now_ms, err));
}

static bool tick_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    return tick_tenant(ctx, arena, tenant, err) ||
           err_within(err, "a checkpoint of the audit log of %s", tenant->name);
}

bool audit_tick(struct world *world, int64_t now_ms, struct err *err)
{
    return tenant_each(world, tick_visit, &(struct ticking){world, now_ms}, err);
}
