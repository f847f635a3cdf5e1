/* The doorway to a database: a connection, its prepared statements, and nothing of ours. One table of
 * functions a backend; db_sqlite.c is the first. A connection is used by one thread at a time. Private to
 * store/. */
#pragma once

#include "base/err.h"
#include "store/query.h"

struct db;      /* one connection */
struct db_stmt; /* one prepared statement of it */

enum db_role {
    DB_WRITER, /* creates the database; full durability */
    DB_READER, /* can change nothing */
};

struct db_driver {
    /* A connection with durability set and asserted. */
    bool (*open)(struct db **out, const char *path, enum db_role role, struct err *err);
    void (*close)(struct db *db); /* also NULL; every statement was released */

    /* One or many statements without values. */
    bool (*exec)(struct db *db, const char *script, struct err *err);
    /* COMMIT that tells how it failed: *is_sync_lost when the disk refused to keep what was written. */
    bool (*commit)(struct db *db, bool *is_sync_lost, struct err *err);
    bool (*is_in_transaction)(struct db *db); /* a failure may have ended it */

    bool (*prepare)(struct db *db, const char *text, struct db_stmt **out, struct err *err);
    void (*release)(struct db_stmt *stmt);
    int (*values)(const struct db_stmt *stmt);  /* how many $n */
    int (*columns)(const struct db_stmt *stmt); /* how many come back */
    bool (*is_reading)(const struct db_stmt *stmt);

    /* $1 is no 1. The bytes are copied. */
    void (*bind_int)(struct db_stmt *stmt, int no, int64_t value);
    void (*bind_text)(struct db_stmt *stmt, int no, const char *text);
    void (*bind_blob)(struct db_stmt *stmt, int no, struct span bytes);
    enum step (*step)(struct db_stmt *stmt, struct err *err);
    void (*reset)(struct db_stmt *stmt); /* ready for new values */

    /* Columns from 0; the bytes live until the next step. */
    int64_t (*column_int)(struct db_stmt *stmt, int no);
    struct span (*column_bytes)(struct db_stmt *stmt, int no);
    int64_t (*changed)(struct db *db); /* rows, by the last statement */
    int64_t (*inserted_id)(struct db *db);

    bool (*version_get)(struct db *db, int64_t *out, struct err *err); /* schema step; 0: empty */
    bool (*version_put)(struct db *db, int64_t version, struct err *err);
    /* Foreign keys are not enforced while tables are rebuilt; `check` finds what broke. */
    bool (*enforce_keys)(struct db *db, bool is_on, struct err *err);
    /* Calls say for every problem. is_quick: only rows that point nowhere. */
    bool (*check)(struct db *db, bool is_quick, void (*say)(void *ctx, const char *problem), void *ctx,
                  struct err *err);

    /* What a start has time for: pages of tables with less than rows_max rows, and the beginning of others. */
    bool (*glance)(struct db *db, int64_t rows_max, void (*say)(void *ctx, const char *problem), void *ctx,
                   struct err *err);

    /* A second database at path, which has none: one instant of this one. Not synced. Of a reader, too. */
    bool (*copy)(struct db *db, const char *path, struct err *err);

    /* Moves committed changes from the log into the database, as far as readers allow; does nothing while the
     * log is short. */
    bool (*tidy)(struct db *db, bool *is_sync_lost, struct err *err);
    /* Moves all of it and empties the log, so that earlier copies of what was deleted are gone. ERR_BUSY:
     * somebody reads what the log holds; ask again after another commit. */
    bool (*purge)(struct db *db, bool *is_sync_lost, struct err *err);
};

extern const struct db_driver db_sqlite;
