#include "store/operators.h"

/* clang-format off: "operator" is a word of C++ to it */

#include <stdlib.h>

#include "store/query.h"
#include "store/rows.h"

/* Reads the columns of OPERATOR, in that order. */
static bool row_operator(struct query *q, struct arena *arena, struct operator *out, struct err *err)
{
    struct operator found;
    const char *role;

    found.id = row_int(q);
    found.tenant_id = row_int(q);
    found.name = row_text(q, arena);
    role = row_text(q, arena);
    found.created_ms = row_int(q);
    found.revoked_ms = row_int(q);
    if (!role_parse(role, &found.role))
        return FAIL(err, ERR_CORRUPT, "operator %s has the role \"%s\"", found.name, role);
    *out = found;
    return true;
}

bool store_operator_put(struct store *store, const struct operator *operator, const char *token_hash,
                        int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_operator_put);

    query_int(&q, operator->tenant_id);
    query_text(&q, operator->name);
    query_text(&q, role_name[operator->role]);
    query_text(&q, token_hash);
    query_int(&q, operator->created_ms);
    if (!query_run(&q, NULL, err))
        return err_within(err, "operator %s", operator->name);
    *id = query_inserted_id(&q);
    return true;
}

bool store_operator_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                        struct operator *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_operator_get);

    query_int(&q, tenant_id);
    query_text(&q, name);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading operator %s", name);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no operator %s", name);
    case STEP_ROW:
        return row_operator(&q, arena, out, err);
    }
    abort();
}

/* The digest stays out of the words. */
bool store_operator_find(struct store *store, struct arena *arena, const char *token_hash,
                         struct operator *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_operator_find);

    query_text(&q, token_hash);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading an operator");
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no operator has that token");
    case STEP_ROW:
        return row_operator(&q, arena, out, err);
    }
    abort();
}

bool store_operator_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *after,
                         int64_t limit, struct operator **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_operator_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        if (!row_operator(&q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return err_within(err, "listing operators");
    *out = (struct operator *)rows.at;
    *count = rows.count;
    return true;
}

bool store_operator_move(struct store *store, int64_t tenant_id, const char *name, int64_t revoked_ms,
                         bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_operator_move);
    int64_t changed;

    query_int(&q, tenant_id);
    query_text(&q, name);
    query_int(&q, revoked_ms);
    if (!query_run(&q, &changed, err))
        return err_within(err, "operator %s", name);
    *moved = changed == 1;
    return true;
}

bool store_operator_count(struct store *store, int64_t tenant_id, enum role role, int64_t *count,
                          struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_operator_count);

    query_int(&q, tenant_id);
    query_text(&q, role_name[role]);
    if (query_step(&q, err) == STEP_FAILED)
        return err_within(err, "counting operators");
    *count = row_int(&q);
    return true;
}
