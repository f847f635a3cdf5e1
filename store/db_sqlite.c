#include "store/db_sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/mutant.h"
#include "base/text.h"

#define BUSY_TIMEOUT_MS 5000
#define PURGE_TIMEOUT_MS 50
/* 4 MiB of 4 KiB pages: a checkpoint costs two fsyncs, a longer log costs every reader. */
#define LOG_PAGES 1024
/* Where a reader kept the log from beginning anew, it is tried again after 512 KiB. */
#define LOG_STEP_PAGES 128
#define ANSWER_SIZE 24

/* ---- errors ------------------------------------------------------------------ */

/* clang-format off */
static const struct {
    int result;
    enum err_code code;
} codes[] = {
    {SQLITE_FULL,       ERR_NO_SPACE},
    {SQLITE_BUSY,       ERR_BUSY},
    {SQLITE_LOCKED,     ERR_BUSY},
    {SQLITE_CONSTRAINT, ERR_CONFLICT},
    {SQLITE_CORRUPT,    ERR_CORRUPT},
    {SQLITE_NOTADB,     ERR_CORRUPT},
    {SQLITE_TOOBIG,     ERR_TOO_LARGE},
};
/* clang-format on */

static bool has_no_descriptor(struct db *db, int result)
{
    int number = db->handle ? sqlite3_system_errno(db->handle) : 0;

    return (result & 0xff) == SQLITE_CANTOPEN && (number == EMFILE || number == ENFILE);
}

bool sqlite_refuse(struct db *db, int result, const char *what, struct err *err)
{
    const char *text = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(result);

    if (has_no_descriptor(db, result))
        return FAIL(err, ERR_BUSY, "%s: too many files are open", what);
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i].result == (result & 0xff))
            return FAIL(err, codes[i].code, "%s: %s", what, text);
    return FAIL(err, ERR_IO, "%s: %s", what, text);
}

static bool is_sync_error(int result)
{
    return result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC;
}

/* ---- connections --------------------------------------------------------------- */

static bool sqlite_exec(struct db *db, const char *script, struct err *err)
{
    int result = FAULT("db.exec") ? SQLITE_IOERR_WRITE : sqlite3_exec(db->handle, script, NULL, NULL, NULL);

    return result == SQLITE_OK || sqlite_refuse(db, result, "database", err);
}

bool sqlite_each_row(struct db *db, const char *sql, void (*say)(void *ctx, const char *text), void *ctx,
                     struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int result = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

    while (result == SQLITE_OK || result == SQLITE_ROW)
        if ((result = sqlite3_step(stmt)) == SQLITE_ROW)
            say(ctx, (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return result == SQLITE_DONE || sqlite_refuse(db, result, sql, err);
}

static void keep_answer(void *answer, const char *text)
{
    snprintf(answer, ANSWER_SIZE, "%s", text);
}

/* Says so when a setting did not take: a database that forgets is worse than none. */
static bool assert_durable(struct db *db, struct err *err)
{
    static const struct {
        const char *question, *answer;
    } musts[] = {
        {"PRAGMA journal_mode", "wal"},
        {"PRAGMA synchronous", MUTANT_IS(23)   ? "0"
                               : MUTANT_IS(24) ? "1"
                                               : "2"}, /* FULL */
        {"PRAGMA foreign_keys", "1"},
        {"PRAGMA secure_delete", "1"}, /* ON; FAST would leave freed pages as they are */
    };
    char answer[ANSWER_SIZE] = "";

    for (size_t i = 0; i < COUNT(musts); i++) {
        if (!sqlite_each_row(db, musts[i].question, keep_answer, answer, err))
            return false;
        if (strcmp(answer, musts[i].answer) != 0)
            return FAIL(err, ERR_IO, "%s is %s, and must be %s", musts[i].question, answer, musts[i].answer);
    }
    return true;
}

static int count_log(void *ctx, sqlite3 *handle, const char *name, int pages)
{
    struct db *db = ctx;

    (void)handle, (void)name;
    db->log_pages = pages;
    return SQLITE_OK;
}

/* journal_size_limit gives a log that once grew long back to the disk. secure_delete: a wrapped key that was
 * deleted must not be found in a free page; some builds of the library have it on, others not. */
static const char writer_settings[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=6291456;"
    "PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY;";
/* Dozens of threads read: a small cache each, the kernel's page cache behind them. */
static const char reader_settings[] =
    "PRAGMA query_only=ON; PRAGMA cache_size=-256; PRAGMA temp_store=MEMORY;";

static void sqlite_close(struct db *db)
{
    if (!db)
        return;
    /* Refused while a statement lives: that is our bug and must not be hidden. */
    if (sqlite3_close(db->handle) != SQLITE_OK)
        abort();
    free(db);
}

/* Counting the library's memory would make all threads meet at one lock. */
static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool settle(struct db *db, enum db_role role, struct err *err)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    if (role == DB_READER)
        return sqlite_exec(db, reader_settings, err);
    if (!sqlite_exec(db, writer_settings, err) ||
        (MUTANT_IS(23) && !sqlite_exec(db, "PRAGMA synchronous=OFF", err)) ||
        (MUTANT_IS(24) && !sqlite_exec(db, "PRAGMA synchronous=NORMAL", err)))
        return false;
    /* The hook takes the place of autocheckpoint, so it comes last. */
    sqlite3_wal_hook(db->handle, count_log, db);
    return assert_durable(db, err);
}

static bool sqlite_open(struct db **out, const char *path, enum db_role role, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct db *db = calloc(1, sizeof(*db));
    int flags = role == DB_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    bool ok;

    pthread_once(&once, configure);
    if (!db)
        abort();
    int result = FAULT("db.open") ? SQLITE_CANTOPEN
                                  : sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    ok = result == SQLITE_OK ? settle(db, role, err) : sqlite_refuse(db, result, "opening", err);
    if (!ok) {
        sqlite_close(db);
        return err_within(err, "%s", path);
    }
    *out = db;
    return true;
}

static bool sqlite_commit(struct db *db, bool *is_sync_lost, struct err *err)
{
    int result = FAULT("db.commit")        ? SQLITE_IOERR_WRITE
                 : FAULT("db.commit_sync") ? SQLITE_IOERR_FSYNC
                                           : sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);

    *is_sync_lost = is_sync_error(result);
    return result == SQLITE_OK || sqlite_refuse(db, result, "commit", err);
}

static bool sqlite_is_in_transaction(struct db *db)
{
    return !sqlite3_get_autocommit(db->handle);
}

static bool sqlite_tidy(struct db *db, bool *is_sync_lost, struct err *err)
{
    *is_sync_lost = false;
    if (db->log_pages < db->tidied_at)
        db->tidied_at = 0; /* it began anew */
    if (db->log_pages < LOG_PAGES || db->log_pages - db->tidied_at < LOG_STEP_PAGES)
        return true;
    db->tidied_at = db->log_pages;
    int result = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    *is_sync_lost = is_sync_error(result);
    return result == SQLITE_OK || sqlite_refuse(db, result, "checkpoint", err);
}

/* Readers are statements and short; whoever writes waits for this, so it does not wait long for them. */
static bool sqlite_purge(struct db *db, bool *is_sync_lost, struct err *err)
{
    int result;

    sqlite3_busy_timeout(db->handle, PURGE_TIMEOUT_MS);
    result = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    *is_sync_lost = is_sync_error(result);
    if (result != SQLITE_OK)
        return sqlite_refuse(db, result, "emptying the log", err);
    db->log_pages = db->tidied_at = 0;
    return true;
}

static int64_t sqlite_changed(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

static int64_t sqlite_inserted_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

/* ---- schema ---------------------------------------------------------- */

static bool sqlite_version_get(struct db *db, int64_t *out, struct err *err)
{
    char answer[ANSWER_SIZE] = "";

    return sqlite_each_row(db, "PRAGMA user_version", keep_answer, answer, err) &&
           text_int(answer, "user_version", 0, INT32_MAX, out, err);
}

static bool sqlite_version_put(struct db *db, int64_t version, struct err *err)
{
    char sql[64];

    snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", (int)version);
    return sqlite_exec(db, sql, err);
}

static bool sqlite_enforce_keys(struct db *db, bool is_on, struct err *err)
{
    return sqlite_exec(db, is_on ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF", err);
}

/* In one read transaction, so writers go on beside it. A reader's query_only would forbid writing the copy,
 * too. */
static bool sqlite_copy(struct db *db, const char *path, struct err *err)
{
    char *script = sqlite3_mprintf("PRAGMA query_only=OFF; VACUUM INTO %Q; PRAGMA query_only=ON", path);
    bool ok = script ? sqlite_exec(db, script, err) : FAIL(err, ERR_BUSY, "no memory for a copy");

    sqlite3_free(script);
    return ok;
}

/* clang-format off */
const struct db_driver db_sqlite = {
    .open              = sqlite_open,
    .close             = sqlite_close,
    .exec              = sqlite_exec,
    .commit            = sqlite_commit,
    .is_in_transaction = sqlite_is_in_transaction,
    .prepare           = sqlite_prepare,
    .release           = sqlite_release,
    .values            = sqlite_values,
    .columns           = sqlite_columns,
    .is_reading        = sqlite_is_reading,
    .bind_int          = sqlite_bind_int,
    .bind_text         = sqlite_bind_text,
    .bind_blob         = sqlite_bind_blob,
    .step              = sqlite_step,
    .reset             = sqlite_reset,
    .column_int        = sqlite_column_int,
    .column_bytes      = sqlite_column_bytes,
    .changed           = sqlite_changed,
    .inserted_id       = sqlite_inserted_id,
    .version_get       = sqlite_version_get,
    .version_put       = sqlite_version_put,
    .enforce_keys      = sqlite_enforce_keys,
    .check             = sqlite_check,
    .glance            = sqlite_glance,
    .copy              = sqlite_copy,
    .tidy              = sqlite_tidy,
    .purge             = sqlite_purge,
};
/* clang-format on */
