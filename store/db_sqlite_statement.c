/* A prepared statement of SQLite: values in, rows out. */
#include "store/db_sqlite.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"

#define VALUES_MAX 64

struct db_stmt {
    struct db *db;
    sqlite3_stmt *handle;
    int values;
    uint8_t index[VALUES_MAX]; /* SQLite numbers $n by first appearance; asked once which is which */
};

static bool find_values(struct db_stmt *stmt, const char *text, struct err *err)
{
    char name[16];

    stmt->values = sqlite3_bind_parameter_count(stmt->handle);
    if (stmt->values >= VALUES_MAX)
        return FAIL(err, ERR_INVALID, "more than %d values: %s", VALUES_MAX - 1, text);
    for (int no = 1; no <= stmt->values; no++) {
        snprintf(name, sizeof(name), "$%d", no);
        stmt->index[no] = (uint8_t)sqlite3_bind_parameter_index(stmt->handle, name);
        if (!stmt->index[no])
            return FAIL(err, ERR_INVALID, "no %s in: %s", name, text);
    }
    return true;
}

void sqlite_release(struct db_stmt *stmt)
{
    if (!stmt)
        return;
    sqlite3_finalize(stmt->handle);
    free(stmt);
}

bool sqlite_prepare(struct db *db, const char *text, struct db_stmt **out, struct err *err)
{
    struct db_stmt *stmt = calloc(1, sizeof(*stmt));
    bool ok;

    if (!stmt)
        abort();
    stmt->db = db;
    int result = FAULT("db.prepare") ? SQLITE_IOERR_READ
                                     : sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                                                          &stmt->handle, NULL);
    ok = result == SQLITE_OK ? find_values(stmt, text, err) : sqlite_refuse(db, result, "preparing", err);
    if (!ok) {
        sqlite_release(stmt);
        return false;
    }
    *out = stmt;
    return true;
}

int sqlite_values(const struct db_stmt *stmt)
{
    return stmt->values;
}

int sqlite_columns(const struct db_stmt *stmt)
{
    return sqlite3_column_count(stmt->handle);
}

bool sqlite_is_reading(const struct db_stmt *stmt)
{
    return sqlite3_stmt_readonly(stmt->handle);
}

/* query.c counts the values, so this fails only without memory. */
static void must(int result)
{
    if (result != SQLITE_OK)
        abort();
}

void sqlite_bind_int(struct db_stmt *stmt, int no, int64_t value)
{
    must(sqlite3_bind_int64(stmt->handle, stmt->index[no], value));
}

void sqlite_bind_text(struct db_stmt *stmt, int no, const char *text)
{
    must(sqlite3_bind_text64(stmt->handle, stmt->index[no], text, strlen(text), SQLITE_TRANSIENT,
                             SQLITE_UTF8));
}

void sqlite_bind_blob(struct db_stmt *stmt, int no, struct span bytes)
{
    /* No pointer would bind NULL. */
    must(sqlite3_bind_blob64(stmt->handle, stmt->index[no], bytes.size ? bytes.at : "", bytes.size,
                             SQLITE_TRANSIENT));
}

enum step sqlite_step(struct db_stmt *stmt, struct err *err)
{
    int result = FAULT("db.step") ? SQLITE_IOERR_READ : sqlite3_step(stmt->handle);

    if (result == SQLITE_ROW)
        return STEP_ROW;
    if (result == SQLITE_DONE)
        return STEP_DONE;
    sqlite_refuse(stmt->db, result, "database", err);
    return STEP_FAILED;
}

void sqlite_reset(struct db_stmt *stmt)
{
    /* Repeats the error of the last step, which was told already. */
    sqlite3_reset(stmt->handle);
    sqlite3_clear_bindings(stmt->handle);
}

int64_t sqlite_column_int(struct db_stmt *stmt, int no)
{
    return sqlite3_column_int64(stmt->handle, no);
}

struct span sqlite_column_bytes(struct db_stmt *stmt, int no)
{
    const void *at = sqlite3_column_blob(stmt->handle, no); /* before _bytes, which would convert */

    return span_make(at ? at : "", (size_t)sqlite3_column_bytes(stmt->handle, no));
}
