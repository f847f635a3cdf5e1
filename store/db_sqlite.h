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
