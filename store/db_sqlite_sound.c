/* Is a database whole? All of it, or what a start has time for. */
#include "store/db_sqlite.h"

#include <stdio.h>
#include <stdlib.h>

#define TABLES_MAX 256
#define NAME_SIZE 64

bool sqlite_check(struct db *db, bool is_quick, void (*say)(void *ctx, const char *problem), void *ctx,
                  struct err *err)
{
    static const char rows[] =
        "SELECT 'row ' || ifnull(rowid, '?') || ' of ' || \"table\" || ' names a missing ' "
        "|| parent FROM pragma_foreign_key_check";
    static const char pages[] =
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 20";

    return sqlite_each_row(db, rows, say, ctx, err) &&
           (is_quick || sqlite_each_row(db, pages, say, ctx, err));
}

struct names {
    char at[TABLES_MAX][NAME_SIZE];
    int count;
};

static void keep_name(void *ctx, const char *name)
{
    struct names *names = ctx;

    if (names->count < TABLES_MAX)
        snprintf(names->at[names->count++], NAME_SIZE, "%s", name ? name : "");
}

static void keep_count(void *ctx, const char *count)
{
    *(int64_t *)ctx = count ? strtoll(count, NULL, 10) : 0;
}

/* Counting reads as many leaves as it counts rows, so a large table's beginning is looked at all the same. */
static bool glance_table(struct db *db, const char *name, int64_t rows_max,
                         void (*say)(void *ctx, const char *problem), void *ctx, struct err *err)
{
    char sql[512];
    int64_t rows = 0;

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT * FROM \"%s\" LIMIT %lld)", name,
             (long long)rows_max);
    if (!sqlite_each_row(db, sql, keep_count, &rows, err))
        return false;
    if (rows >= rows_max)
        return true;
    snprintf(sql, sizeof(sql),
             "SELECT quick_check FROM pragma_quick_check('%s') WHERE quick_check <> 'ok' LIMIT 1", name);
    return sqlite_each_row(db, sql, say, ctx, err);
}

bool sqlite_glance(struct db *db, int64_t rows_max, void (*say)(void *ctx, const char *problem), void *ctx,
                   struct err *err)
{
    struct names *names = calloc(1, sizeof(*names));
    bool ok;

    if (!names)
        abort();
    ok = sqlite_each_row(db, "SELECT name FROM sqlite_master WHERE type = 'table'", keep_name, names, err);
    for (int i = 0; ok && i < names->count; i++)
        ok = glance_table(db, names->at[i], rows_max, say, ctx, err);
    free(names);
    return ok;
}
