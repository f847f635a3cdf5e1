#include "store/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/private.h"
#include "store/rows.h"

/* clang-format off */
const char *const sql_text[SQL__MAX] = {
#define SQL(name, text) [SQL_##name] = text,
#include "store/sql.def"
#undef SQL
};
const char *const sql_name[SQL__MAX] = {
#define SQL(name, text) [SQL_##name] = #name,
#include "store/sql.def"
#undef SQL
};
/* clang-format on */

/* A statement and its caller disagree: our bug, and the first test that touches it sees this. */
static _Noreturn void disagree(const struct query *q, const char *what, int ours, int theirs)
{
    fprintf(stderr, "SQL_%s: %d %s, %d in the statement\n", sql_name[q->sql], ours, what, theirs);
    abort();
}

/* The session's statement, or a spare one while an outer query still walks through it. */
static bool take(struct query *q, struct session *session, struct err *err)
{
    struct held *held = &session->held[q->sql];

    if (held->is_taken) {
        held = calloc(1, sizeof(*held));
        if (!held)
            abort();
        held->is_spare = true;
        if (!q->store->driver->prepare(session->db, sql_text[q->sql], &held->stmt, err)) {
            free(held);
            return false;
        }
    } else if (!session_prepare(q->store, session, q->sql, err)) {
        return false;
    }
    held->is_taken = true;
    q->stmt = held;
    return true;
}

static bool prepare(struct query *q, struct err *err)
{
    struct seat *seat = store_seat(q->store);

    q->is_writing = seat->is_in_tx;
    if (!q->is_writing && !reader_take(seat, err))
        return false;
    if (!take(q, q->is_writing ? &q->store->writer : &seat->reader->session, err)) {
        if (!q->is_writing)
            reader_give(seat);
        return err_within(err, "SQL_%s", sql_name[q->sql]);
    }
    if (!q->is_writing && !q->store->driver->is_reading(((struct held *)q->stmt)->stmt)) {
        fprintf(stderr, "SQL_%s: a change outside a transaction\n", sql_name[q->sql]);
        abort();
    }
    return true;
}

struct query query_new(struct store *store, enum sql sql)
{
    struct query q = {.store = store, .sql = sql};
    struct err later;

    q.is_failed = !prepare(&q, &later);
    return q;
}

static struct db_stmt *stmt_of(const struct query *q)
{
    return q->stmt ? ((struct held *)q->stmt)->stmt : NULL;
}

static void must_have_read_all(const struct query *q)
{
    if (q->has_row && q->column < q->store->driver->columns(stmt_of(q)))
        disagree(q, "columns read", q->column, q->store->driver->columns(stmt_of(q)));
}

void query_end(struct query *q)
{
    struct held *held = q->stmt;

    if (!held)
        return;
    must_have_read_all(q);
    q->stmt = NULL;
    held->is_taken = false;
    if (held->is_spare) {
        q->store->driver->release(held->stmt);
        free(held);
    } else {
        q->store->driver->reset(held->stmt);
    }
    if (!q->is_writing)
        reader_give(store_seat(q->store));
}

/* The number of the value to bind, or 0 when there is nothing to bind it to. */
static int next_value(struct query *q)
{
    q->bound++;
    if (!q->stmt)
        return 0;
    if (q->bound > q->store->driver->values(stmt_of(q)))
        disagree(q, "values bound", q->bound, q->store->driver->values(stmt_of(q)));
    return q->bound;
}

void query_text(struct query *q, const char *text)
{
    int no = next_value(q);

    if (no)
        q->store->driver->bind_text(stmt_of(q), no, text ? text : "");
}

void query_int(struct query *q, int64_t value)
{
    int no = next_value(q);

    if (no)
        q->store->driver->bind_int(stmt_of(q), no, value);
}

void query_blob(struct query *q, struct span bytes)
{
    int no = next_value(q);

    if (no)
        q->store->driver->bind_blob(stmt_of(q), no, bytes);
}

/* False: cannot go on, and err says why. */
static bool may_step(struct query *q, struct err *err)
{
    if (q->is_failed) {
        /* The values went nowhere, so even if it works now this query is over. */
        if (prepare(q, err))
            FAIL(err, ERR_BUSY, "SQL_%s could not be prepared at first", sql_name[q->sql]);
        return false;
    }
    if (q->bound != q->store->driver->values(stmt_of(q)))
        disagree(q, "values bound", q->bound, q->store->driver->values(stmt_of(q)));
    must_have_read_all(q);
    if (q->is_writing && q->store->is_group_lost) {
        *err = q->store->lost;
        return err_within(err, "the transaction was lost");
    }
    return true;
}

enum step query_step(struct query *q, struct err *err)
{
    if (!may_step(q, err))
        return STEP_FAILED;
    enum step step = q->store->driver->step(stmt_of(q), err);
    q->column = 0;
    q->has_row = step == STEP_ROW;
    if (step == STEP_FAILED && q->is_writing)
        group_notice(q->store, err);
    return step;
}

bool query_run(struct query *q, int64_t *changed, struct err *err)
{
    switch (query_step(q, err)) {
    case STEP_FAILED:
        return err_within(err, "SQL_%s", sql_name[q->sql]);
    case STEP_ROW:
        disagree(q, "columns expected", 0, q->store->driver->columns(stmt_of(q)));
    case STEP_DONE:
        break;
    }
    if (changed)
        *changed = q->store->driver->changed(q->store->writer.db);
    return true;
}

int64_t query_inserted_id(struct query *q)
{
    return q->store->driver->inserted_id(q->store->writer.db);
}

static int next_column(struct query *q)
{
    int count = q->has_row ? q->store->driver->columns(stmt_of(q)) : 0;

    if (q->column >= count)
        disagree(q, "columns read", q->column + 1, count);
    return q->column++;
}

const char *row_text(struct query *q, struct arena *arena)
{
    return arena_text(arena, q->store->driver->column_bytes(stmt_of(q), next_column(q)));
}

int64_t row_int(struct query *q)
{
    return q->store->driver->column_int(stmt_of(q), next_column(q));
}

bool row_bool(struct query *q)
{
    return row_int(q) != 0;
}

struct span row_bytes(struct query *q)
{
    return q->store->driver->column_bytes(stmt_of(q), next_column(q));
}

struct span row_blob(struct query *q, struct arena *arena)
{
    struct span bytes = row_bytes(q);

    return span_make(arena_text(arena, bytes), bytes.size);
}

bool query_figure(struct query *q, int64_t *out, struct err *err)
{
    if (query_step(q, err) != STEP_ROW)
        return false;
    *out = row_int(q);
    return true;
}

bool query_ids(struct query *q, struct arena *arena, int64_t **out, size_t *count, struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(int64_t)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        *(int64_t *)rows_next(&rows) = row_int(q);
    if (step == STEP_FAILED)
        return false;
    *out = (int64_t *)(void *)rows.at;
    *count = rows.count;
    return true;
}
