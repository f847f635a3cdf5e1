#include "domain/repository.h"

#include "base/log.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/repository_stage.h"
#include "domain/tenant.h"
#include "domain/trust_ask.h"
#include "store/releases.h"
#include "store/tenants.h"

#define HASH_CHARS 64

/* ---- inside a tx -------------------------------------------------------------- */

bool repository_start(const struct repository *repository, struct err *err)
{
    struct stage stage;
    struct span root;

    return custody_root(repository->world->custody, repository->arena, repository->tenant, 1, &root, err) &&
           stage_open(&stage, repository, err) && stage_root(&stage, 1, root, err) &&
           stage_targets(&stage, err) && stage_snapshot(&stage, err) && stage_timestamp(&stage, err) &&
           stage_pass(&stage, NULL, err) && stage_write(&stage, err);
}

bool repository_resign(const struct repository *repository, struct err *err)
{
    struct stage stage;
    bool is_held;

    if (!stage_open(&stage, repository, err) || !stage_holds_targets(&stage, &is_held, err))
        return false;
    if (!is_held)
        return trust_ask_targets(&stage, "service", REPOSITORY_TARGETS_DAYS, err);
    return stage_targets(&stage, err) && stage_snapshot(&stage, err) && stage_timestamp(&stage, err) &&
           stage_pass(&stage, NULL, err) && stage_write(&stage, err);
}

/* A new root may name other keys for targets: the service signs it anew where it still may. */
static bool take_root(struct stage *stage, struct span root, bool with_targets, struct err *err)
{
    const struct tuf_role_row *now = stage_role(stage->roles, stage->role_count, tuf_role_name[TUF_ROOT]);
    bool is_held;

    return stage_root(stage, now ? now->version + 1 : 1, root, err) &&
           stage_holds_targets(stage, &is_held, err) &&
           (!is_held || !with_targets || stage_targets(stage, err));
}

bool repository_take(const struct repository *repository, struct span root, struct span targets,
                     struct err *err)
{
    struct stage stage;

    return stage_open(&stage, repository, err) &&
           (!root.size || take_root(&stage, root, !targets.size, err)) &&
           (!targets.size || stage_targets_signed(&stage, targets, err)) && stage_snapshot(&stage, err) &&
           stage_timestamp(&stage, err) && stage_pass(&stage, NULL, err) && stage_write(&stage, err);
}

bool repository_publish(const struct repository *repository, const struct release *release,
                        const struct tuf_signature *signatures, size_t count, struct err *err)
{
    struct stage stage;

    return stage_open(&stage, repository, err) &&
           stage_family(&stage, release->family, span_of(release->to_sign), signatures, count, err) &&
           stage_snapshot(&stage, err) && stage_timestamp(&stage, err) &&
           stage_pass(&stage, release->family, err) && stage_write(&stage, err);
}

/* ---- the tick ------------------------------------------------------------------- */

enum due { DUE_NOTHING, DUE_TIMESTAMP, DUE_SNAPSHOT, DUE_TARGETS, DUE_ROOT };

static bool is_half_over(const struct tuf_role_row *row, int64_t now_ms)
{
    return now_ms - row->signed_ms >= (row->expires_ms - row->signed_ms) / 2;
}

/* The most far-reaching role up to `most` that is at half of its life: each takes those before it along. */
static enum due due_of(const struct tuf_role_row *rows, size_t count, enum due most, int64_t now_ms)
{
    static const struct {
        enum tuf_role role;
        enum due due;
    } order[] = {{TUF_TARGETS, DUE_TARGETS}, {TUF_SNAPSHOT, DUE_SNAPSHOT}, {TUF_TIMESTAMP, DUE_TIMESTAMP}};

    for (size_t i = 0; i < COUNT(order); i++) {
        const struct tuf_role_row *row = stage_role(rows, count, tuf_role_name[order[i].role]);

        if (order[i].due <= most && row && is_half_over(row, now_ms))
            return order[i].due;
    }
    return DUE_NOTHING;
}

/* Is there a root after the newest? */
static bool next_root(const struct repository *repository, const struct tuf_role_row *root,
                      struct span *bytes, bool *is_there, struct err *err)
{
    *is_there = custody_root(repository->world->custody, repository->arena, repository->tenant,
                             root->version + 1, bytes, err);
    return *is_there || err->code == ERR_NOT_FOUND;
}

static bool sign_again(const struct repository *repository, enum due due, struct span root, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct world *world = repository->world;
    static const char *const what[] = {[DUE_TIMESTAMP] = "timestamp",
                                       [DUE_SNAPSHOT] = "snapshot",
                                       [DUE_TARGETS] = "targets",
                                       [DUE_ROOT] = "root"};
    struct stage stage;

    if (!tx_begin(&tx, world->store, err))
        return false;
    if (due == DUE_ROOT) /* the keys of the new root; nobody signs outside the writer's tx */
        custody_forget(world->custody, repository->tenant);
    return stage_open(&stage, repository, err) && (due != DUE_ROOT || take_root(&stage, root, true, err)) &&
           (due != DUE_TARGETS || stage_targets(&stage, err)) &&
           (due < DUE_SNAPSHOT || stage_snapshot(&stage, err)) && stage_timestamp(&stage, err) &&
           stage_pass(&stage, NULL, err) && stage_write(&stage, err) &&
           audit_service(world, repository->tenant_id, "repository.sign", what[due], NULL, repository->now_ms,
                         err) &&
           tx_commit(&tx, err);
}

static bool is_family(const char *role)
{
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        if (text_equal(role, tuf_role_name[i]))
            return false;
    return true;
}

/* Families whose metadata is at half of its life: engineers have the other half to sign it again. */
static bool renew_families(const struct repository *repository, const struct tuf_role_row *rows, size_t count,
                           struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(tx_end) struct tx tx = {0};

        if (!is_family(rows[i].role) || !is_half_over(&rows[i], repository->now_ms))
            continue;
        if (!tx_begin(&tx, repository->world->store, err) ||
            !repository_renew(repository, rows[i].role, err) || !tx_commit(&tx, err))
            return false;
    }
    return true;
}

/* Where people sign targets it is staged for them, once; what the service signs itself does not wait. */
static bool ask_people(const struct repository *repository, enum due *due, const struct tuf_role_row *rows,
                       size_t count, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct stage stage;
    bool is_held, is_asked;

    if (!tx_begin(&tx, repository->world->store, err) || !stage_open(&stage, repository, err) ||
        !stage_holds_targets(&stage, &is_held, err))
        return false;
    if (is_held)
        return true;
    *due = due_of(rows, count, DUE_SNAPSHOT, repository->now_ms);
    return trust_is_asked(repository, TRUST_TARGETS, &is_asked, err) &&
           (is_asked || (trust_ask_targets(&stage, "service", REPOSITORY_TARGETS_DAYS, err) &&
                         audit_service(repository->world, repository->tenant_id, "trust.stage", "targets",
                                       NULL, repository->now_ms, err) &&
                         tx_commit(&tx, err)));
}

/* A service that ended between the commit of a rotation and the renaming of its key's file. */
static bool settle_keys(const struct repository *repository, struct err *err)
{
    struct stage stage;

    return stage_open(&stage, repository, err) && stage_promote(&stage, err);
}

/* A root that cannot be taken over must not keep the timestamp from being signed. */
static bool tick_tenant(const struct repository *repository, struct err *err)
{
    const struct tuf_role_row *root;
    struct tuf_role_row *rows;
    struct span bytes = {0};
    struct err other;
    size_t count;
    bool has_root = false, is_ok;
    enum due due;

    if (!store_tuf_role_list(repository->world->store, repository->arena, repository->tenant_id, &rows,
                             &count, err))
        return false;
    root = stage_role(rows, count, tuf_role_name[TUF_ROOT]);
    if (!root)
        return true; /* this tenant has no repository */
    is_ok = settle_keys(repository, err) && next_root(repository, root, &bytes, &has_root, err);
    if (is_ok && has_root) {
        if (sign_again(repository, DUE_ROOT, bytes, err))
            return true;
        is_ok = false;
    }
    due = due_of(rows, count, DUE_TARGETS, repository->now_ms);
    if (due == DUE_TARGETS && !ask_people(repository, &due, rows, count, is_ok ? err : &other))
        return false;
    if (due != DUE_NOTHING && !sign_again(repository, due, bytes, is_ok ? err : &other))
        return false;
    return is_ok && renew_families(repository, rows, count, err);
}

struct figures {
    struct world *world;
    struct buf *out;
};

static bool figures_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct figures *figures = ctx;
    struct tuf_role_row *rows;
    size_t count;

    if (!store_tuf_role_list(figures->world->store, arena, tenant->id, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        buf_printf(figures->out, "nightshift_tuf_expires_timestamp_seconds{tenant=\"%s\",role=\"%s\"} %lld\n",
                   tenant->name, rows[i].role, (long long)(rows[i].expires_ms / 1000));
    return true;
}

void repository_figures(struct world *world, struct buf *out)
{
    struct figures figures = {world, out};
    struct err err;

    buf_text(out, "# HELP nightshift_tuf_expires_timestamp_seconds When a TUF role expires.\n"
                  "# TYPE nightshift_tuf_expires_timestamp_seconds gauge\n");
    if (!tenant_each(world, figures_visit, &figures, &err))
        log_say(LOG_WARN, "repository.figures", "why", err.text, NULL);
}

struct ticking {
    struct world *world;
    int64_t now_ms;
};

static bool tick_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct ticking *t = ctx;
    const struct repository repository = {t->world, arena, tenant->id, tenant->name, t->now_ms};

    return tick_tenant(&repository, err) || err_within(err, "signing for %s", tenant->name);
}

bool repository_tick(struct world *world, int64_t now_ms, struct err *err)
{
    return tenant_each(world, tick_visit, &(struct ticking){world, now_ms}, err);
}

/* ---- reading ---------------------------------------------------------------------- */

bool repository_file(struct world *world, struct arena *arena, const char *tenant, const char *name,
                     struct span *out, int64_t *created_ms, struct err *err)
{
    struct tenant found;

    return store_tenant_find(world->store, arena, tenant, &found, err) &&
           store_tuf_file_get(world->store, arena, found.id, name, out, created_ms, err);
}

bool repository_target(struct world *world, struct arena *arena, const char *tenant,
                       const char *const path[3], struct module *out, struct err *err)
{
    const char *file = path[2];
    struct tenant found;
    struct module module;

    if (strlen(file) < HASH_CHARS + 2 || file[HASH_CHARS] != '.')
        return FAIL(err, ERR_NOT_FOUND, "a target is asked for as HASH.NAME");
    if (!store_tenant_find(world->store, arena, tenant, &found, err) ||
        !store_module_find(world->store, arena, found.id, path[0], path[1], file + HASH_CHARS + 1, &module,
                           err))
        return false;
    if (strncmp(module.sha256, file, HASH_CHARS) != 0)
        return FAIL(err, ERR_NOT_FOUND, "%s/%s/%s has another hash", path[0], path[1], module.filename);
    *out = module;
    return true;
}
