#include "store/audits.h"

#include "base/mutant.h"
#include "store/query.h"
#include "store/rows.h"

/* Whatever rests there: a digest that was tampered with must come out, not stop the program. */
static void row_digest(struct query *q, char out[HASH_HEX_MAX])
{
    struct span bytes = row_bytes(q);
    size_t size = bytes.size < HASH_HEX_MAX ? bytes.size : HASH_HEX_MAX - 1;

    if (size)
        memcpy(out, bytes.at, size);
    out[size] = '\0';
}

/* Reads the columns of AUDIT, in that order. */
static void row_audit(struct query *q, struct arena *arena, struct audit *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->at_ms = row_int(q);
    out->no = row_int(q);
    out->who = row_text(q, arena);
    out->role = row_text(q, arena);
    out->what = row_text(q, arena);
    out->object = row_text(q, arena);
    out->detail = row_text(q, arena);
    out->source = row_text(q, arena);
    out->request_id = row_text(q, arena);
    row_digest(q, out->digest);
}

bool store_audit_head(struct store *store, int64_t tenant_id, struct audit_head *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_head);
    struct audit_head head = {0, AUDIT_NO_DIGEST};

    query_int(&q, tenant_id);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "the audit log's head");
    case STEP_ROW:
        head.no = row_int(&q);
        row_digest(&q, head.digest);
        break;
    case STEP_DONE:
        break;
    }
    *out = head;
    return true;
}

bool store_audit_put(struct store *store, const struct audit *audit, struct err *err)
{
    struct audit next = *audit;
    struct audit_head head;

    if (!store_audit_head(store, audit->tenant_id, &head, err))
        return false;
    next.no = head.no + 1;
    audit_digest(&next, MUTANT_IS(34) ? AUDIT_NO_DIGEST : head.digest, next.digest);
    AUTO(query_end) struct query q = query_new(store, SQL_audit_put);

    query_int(&q, next.tenant_id);
    query_int(&q, next.at_ms);
    query_int(&q, next.no);
    query_text(&q, next.who);
    query_text(&q, next.role);
    query_text(&q, next.what);
    query_text(&q, next.object);
    query_text(&q, next.detail);
    query_text(&q, next.source);
    query_text(&q, next.request_id);
    query_text(&q, next.digest);
    return query_run(&q, NULL, err) || err_within(err, "audit %s", audit->what);
}

static bool list(struct query *q, struct arena *arena, struct audit **out, size_t *count, struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        row_audit(q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return err_within(err, "listing the audit log");
    *out = (struct audit *)rows.at;
    *count = rows.count;
    return true;
}

bool store_audit_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                      int64_t limit, struct audit **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_list);

    query_int(&q, tenant_id);
    query_int(&q, before ? before : INT64_MAX);
    query_int(&q, limit);
    return list(&q, arena, out, count, err);
}

bool store_audit_chain(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                       int64_t limit, struct audit **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_chain);

    query_int(&q, tenant_id);
    query_int(&q, after);
    query_int(&q, limit);
    return list(&q, arena, out, count, err);
}

/* ---- checkpoints ----------------------------------------------------------------- */

bool store_audit_mark_put(struct store *store, int64_t tenant_id, const struct audit_mark *mark,
                          struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_checkpoint_put);

    query_int(&q, tenant_id);
    query_int(&q, mark->no);
    query_int(&q, mark->at_ms);
    query_blob(&q, mark->envelope);
    return query_run(&q, NULL, err) || err_within(err, "a checkpoint of the audit log");
}

bool store_audit_mark_last(struct store *store, int64_t tenant_id, struct audit_mark *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_checkpoint_last);
    struct audit_mark mark = {0};

    query_int(&q, tenant_id);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "the audit log's checkpoint");
    case STEP_ROW:
        mark.no = row_int(&q);
        mark.at_ms = row_int(&q);
        break;
    case STEP_DONE:
        break;
    }
    *out = mark;
    return true;
}

bool store_audit_mark_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                           int64_t limit, struct audit_mark **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_checkpoint_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct audit_mark *mark = rows_next(&rows);

        mark->no = row_int(&q);
        mark->at_ms = row_int(&q);
        mark->envelope = row_blob(&q, arena);
    }
    if (step == STEP_FAILED)
        return err_within(err, "listing checkpoints");
    *out = (struct audit_mark *)(void *)rows.at;
    *count = rows.count;
    return true;
}
