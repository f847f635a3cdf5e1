#include "store/tenants.h"

#include <stdlib.h>

#include "store/query.h"
#include "store/rows.h"
#include "store/tenant_memo.h"
#include "store/window_row.h"

/* ---- tenants ------------------------------------------------------------------ */

/* Reads the columns of TENANT, in that order. */
static void row_tenant(struct query *q, struct arena *arena, struct tenant *out)
{
    out->id = row_int(q);
    out->name = row_text(q, arena);
    out->poll_sleep_s = row_int(q);
    out->gateway_hash = row_text(q, arena);
    out->gateway_on = row_bool(q);
    out->target_token_on = row_bool(q);
    out->certificate_on = row_bool(q);
    out->certificate_issuer = row_text(q, arena);
    out->approval_on = row_bool(q);
    out->confirmation_on = row_bool(q);
    out->four_eyes_on = row_bool(q);
    out->created_ms = row_int(q);
    out->at_once = row_int(q);
    out->bytes_hour = row_int(q);
    out->window = row_text(q, arena);
}

/* What both INSERT and UPDATE write, in that order. */
static void bind_settings(struct query *q, const struct tenant *tenant)
{
    query_int(q, tenant->poll_sleep_s);
    query_text(q, tenant->gateway_hash);
    query_int(q, tenant->gateway_on);
    query_int(q, tenant->target_token_on);
    query_int(q, tenant->certificate_on);
    query_text(q, tenant->certificate_issuer);
    query_int(q, tenant->approval_on);
    query_int(q, tenant->confirmation_on);
    query_int(q, tenant->four_eyes_on);
}

bool store_tenant_put(struct store *store, const struct tenant *tenant, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tenant_put);

    query_text(&q, tenant->name);
    bind_settings(&q, tenant);
    query_int(&q, tenant->created_ms);
    if (!query_run(&q, NULL, err))
        return err_within(err, "tenant %s", tenant->name);
    *id = query_inserted_id(&q);
    return true;
}

bool store_tenant_get(struct store *store, struct arena *arena, int64_t id, struct tenant *out,
                      struct err *err)
{
    uint64_t read_at = store_generation(store);

    if (tenant_recall(store, arena, id, NULL, out))
        return true;
    AUTO(query_end) struct query q = query_new(store, SQL_tenant_get);

    query_int(&q, id);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading tenant %lld", (long long)id);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no tenant %lld", (long long)id);
    case STEP_ROW:
        row_tenant(&q, arena, out);
        tenant_remember(store, read_at, out);
        return true;
    }
    abort();
}

bool store_tenant_find(struct store *store, struct arena *arena, const char *name, struct tenant *out,
                       struct err *err)
{
    uint64_t read_at = store_generation(store);

    if (tenant_recall(store, arena, 0, name, out))
        return true;
    AUTO(query_end) struct query q = query_new(store, SQL_tenant_find);

    query_text(&q, name);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading tenant %s", name);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no tenant %s", name);
    case STEP_ROW:
        row_tenant(&q, arena, out);
        tenant_remember(store, read_at, out);
        return true;
    }
    abort();
}

bool store_tenant_list(struct store *store, struct arena *arena, int64_t after, int64_t limit,
                       struct tenant **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tenant_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        row_tenant(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return err_within(err, "listing tenants");
    *out = (struct tenant *)rows.at;
    *count = rows.count;
    return true;
}

bool store_tenant_move(struct store *store, const struct tenant *tenant, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tenant_move);
    int64_t changed;

    query_int(&q, tenant->id);
    bind_settings(&q, tenant);
    query_int(&q, tenant->at_once);
    query_int(&q, tenant->bytes_hour);
    query_text(&q, tenant->window ? tenant->window : "");
    if (!query_run(&q, &changed, err))
        return err_within(err, "tenant %s", tenant->name);
    return changed == 1 || FAIL(err, ERR_NOT_FOUND, "no tenant %lld", (long long)tenant->id);
}

/* ---- sites ---------------------------------------------------------------------- */

/* Reads the columns of SITE, in that order. */
static void row_site(struct query *q, struct arena *arena, struct site *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->name = row_text(q, arena);
    out->customer = row_text(q, arena);
    out->window.zone = row_text(q, arena);
    out->window.start_min = row_int(q);
    out->window.end_min = row_int(q);
    out->window.days = row_int(q);
    row_window_rule(q, arena, &out->window);
    out->calendars = row_text(q, arena);
    out->language = row_text(q, arena);
}

bool store_site_put(struct store *store, const struct site *site, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_site_put);

    query_int(&q, site->tenant_id);
    query_text(&q, site->name);
    query_text(&q, site->customer);
    query_text(&q, site->window.zone);
    query_int(&q, site->window.start_min);
    query_int(&q, site->window.end_min);
    query_int(&q, site->window.days);
    query_window_rule(&q, &site->window);
    query_text(&q, site->calendars);
    query_text(&q, site->language);
    return query_run(&q, NULL, err) || err_within(err, "site %s", site->name);
}

bool store_site_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                    struct site *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_site_get);

    query_int(&q, tenant_id);
    query_text(&q, name);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading site %s", name);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no site %s", name);
    case STEP_ROW:
        row_site(&q, arena, out);
        return true;
    }
    abort();
}

bool store_site_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *after,
                     int64_t limit, struct site **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_site_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        row_site(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return err_within(err, "listing sites");
    *out = (struct site *)rows.at;
    *count = rows.count;
    return true;
}

bool store_site_drop(struct store *store, int64_t tenant_id, const char *name, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_site_drop);
    int64_t changed;

    query_int(&q, tenant_id);
    query_text(&q, name);
    if (!query_run(&q, &changed, err))
        return err_within(err, "site %s", name);
    return changed == 1 || FAIL(err, ERR_NOT_FOUND, "no site %s", name);
}
