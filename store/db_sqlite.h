/* What the db_sqlite*.c files share: one connection of the library, and how it says no. */
#pragma once

#include <sqlite3.h>

#include "store/db.h"

struct db {
    sqlite3 *handle;
    int log_pages; /* in the log after the last commit */
    int tidied_at; /* log_pages when it was last tidied */
};

/* Its result as an error of ours. Always false. */
bool sqlite_refuse(struct db *db, int result, const char *what, struct err *err);
/* The first column of every row, as text. */
bool sqlite_each_row(struct db *db, const char *sql, void (*say)(void *ctx, const char *text), void *ctx,
                     struct err *err) CHECKED;

/* db_sqlite_sound.c */
bool sqlite_check(struct db *db, bool is_quick, void (*say)(void *ctx, const char *problem), void *ctx,
                  struct err *err) CHECKED;
bool sqlite_glance(struct db *db, int64_t rows_max, void (*say)(void *ctx, const char *problem), void *ctx,
                   struct err *err) CHECKED;

/* db_sqlite_statement.c: as db.h says of each */
void sqlite_release(struct db_stmt *stmt);
bool sqlite_prepare(struct db *db, const char *text, struct db_stmt **out, struct err *err) CHECKED;
int sqlite_values(const struct db_stmt *stmt);
int sqlite_columns(const struct db_stmt *stmt);
bool sqlite_is_reading(const struct db_stmt *stmt);
void sqlite_bind_int(struct db_stmt *stmt, int no, int64_t value);
void sqlite_bind_text(struct db_stmt *stmt, int no, const char *text);
void sqlite_bind_blob(struct db_stmt *stmt, int no, struct span bytes);
enum step sqlite_step(struct db_stmt *stmt, struct err *err);
void sqlite_reset(struct db_stmt *stmt);
int64_t sqlite_column_int(struct db_stmt *stmt, int no);
struct span sqlite_column_bytes(struct db_stmt *stmt, int no);
