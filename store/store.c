#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/blob.h"
#include "store/private.h"

#define GLANCE_ROWS 20000 /* of a table; some milliseconds each */
#define GLANCE_BLOBS 500

/* ---- sessions and seats --------------------------------------------------------- */

bool session_prepare(struct store *store, struct session *session, enum sql sql, struct err *err)
{
    struct held *held = &session->held[sql];

    return held->stmt || store->driver->prepare(session->db, sql_text[sql], &held->stmt, err);
}

void session_close(struct store *store, struct session *session)
{
    for (size_t i = 0; i < SQL__MAX; i++)
        store->driver->release(session->held[i].stmt);
    store->driver->close(session->db);
    *session = (struct session){0};
}

static void seat_free(struct seat *seat)
{
    tenant_memo_freep(&seat->tenants);
    free(seat);
}

/* When a thread ends. */
static void seat_drop(void *value)
{
    struct seat *seat = value, **at;
    struct store *store = seat->store;

    pthread_mutex_lock(&store->seats_lock);
    for (at = &store->seats; *at != seat; at = &(*at)->next)
        continue;
    *at = seat->next;
    pthread_mutex_unlock(&store->seats_lock);
    seat_free(seat);
}

struct seat *store_seat(struct store *store)
{
    struct seat *seat = pthread_getspecific(store->seat_key);

    if (seat)
        return seat;
    seat = calloc(1, sizeof(*seat));
    if (!seat || pthread_setspecific(store->seat_key, seat) != 0)
        abort();
    seat->store = store;
    pthread_mutex_lock(&store->seats_lock);
    seat->next = store->seats;
    store->seats = seat;
    pthread_mutex_unlock(&store->seats_lock);
    return seat;
}

/* ---- opening ---------------------------------------------------------------------- */

static char *path_in(const char *dir, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", dir, name) < 0)
        abort();
    return path;
}

static struct store *store_new(const struct store_options *options)
{
    struct store *store = calloc(1, sizeof(*store));

    if (!store || pthread_key_create(&store->seat_key, seat_drop) != 0)
        abort();
    store->driver = &db_sqlite;
    store->dir = strdup(options->dir);
    if (!store->dir)
        abort();
    store->db_path = path_in(options->dir, "nightshift.db");
    store->is_read_only = options->is_read_only;
    store->lock_fd = -1;
    pthread_mutex_init(&store->seats_lock, NULL);
    pthread_mutex_init(&store->readers_lock, NULL);
    group_start(store);
    return store;
}

/* Two services on one folder would each take the other's temporaries for rubbish. The kernel lets go of the
 * lock when the process ends, however it ends. */
static bool lock_folder(struct store *store, struct err *err)
{
    AUTO(text_freep) char *path = path_in(store->dir, "lock");

    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (store->lock_fd < 0)
        return FAIL_ERRNO(err, path);
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return FAIL_ERRNO(err, path);
    return FAIL(err, ERR_LOCKED, "%s is in use by another service", store->dir);
}

/* The driver would make it readable for all; its log takes over what the file has. */
static bool keep_private(const char *path, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || ((st.st_mode & 07) && fchmod(fd, st.st_mode & 0770) < 0))
        return FAIL_ERRNO(err, path);
    return true;
}

static bool prepare_folder(struct store *store, struct err *err)
{
    AUTO(text_freep) char *uploads = path_in(store->dir, "uploads");
    AUTO(text_freep) char *parent = path_in(store->dir, "..");

    if (!file_make_dirs(uploads, 0750, err) || !lock_folder(store, err))
        return false;
    /* The folder's own name must survive, too. */
    return file_sync_dir(parent, err) && ballast_free(store->dir, err) && keep_private(store->db_path, err);
}

static bool prepare_statements(struct store *store, struct err *err)
{
    for (enum sql sql = 0; sql < SQL__MAX; sql++)
        if (!session_prepare(store, &store->writer, sql, err))
            return err_within(err, "SQL_%s", sql_name[sql]);
    return true;
}

/* ---- is it whole? As far as a start has time to look ---------------------------------- */

struct glance {
    char first[256]; /* problem */
};

static void keep_first(void *ctx, const char *problem)
{
    struct glance *glance = ctx;

    if (!glance->first[0])
        snprintf(glance->first, sizeof(glance->first), "%s", problem);
}

static bool glance_rows(struct store *store, struct err *err)
{
    struct glance glance = {0};

    return store->driver->glance(store->writer.db, GLANCE_ROWS, keep_first, &glance, err) &&
           (!glance.first[0] || FAIL(err, ERR_CORRUPT, "%s", glance.first));
}

/* What devices ask for first: the newest components. */
static bool glance_blobs(struct store *store, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(query_end) struct query q = query_new(store, SQL_module_newest);
    enum step step;

    query_int(&q, GLANCE_BLOBS);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        const char *id = row_text(&q, arena);

        if (!blob_exists(store->blobs, id))
            return FAIL(err, ERR_CORRUPT, "blob %s is missing", id);
    }
    return step == STEP_DONE;
}

static bool open_to_write(struct store *store, const struct store_options *options, struct err *err)
{
    int64_t ballast = options->ballast_bytes ? options->ballast_bytes : STORE_BALLAST_BYTES;

    return prepare_folder(store, err) &&
           store->driver->open(&store->writer.db, store->db_path, DB_WRITER, err) &&
           store_migrate(store->driver, store->writer.db, embedded_files, 0, err) &&
           prepare_statements(store, err) && file_sync_dir(store->dir, err) &&
           (ballast < 0 || ballast_make(store->dir, ballast, err));
}

static bool open_to_read(struct store *store, struct err *err)
{
    struct seat *seat = store_seat(store);
    int64_t have = 0, known = 0;

    if (!store_migrate_last(embedded_files, &known, err) || !reader_take(seat, err))
        return false;
    bool is_read = store->driver->version_get(seat->reader->session.db, &have, err);
    reader_give(seat);
    if (!is_read)
        return false;
    if (have != known)
        return FAIL(err, ERR_CONFLICT, "the database is at step %d, this program at %d", (int)have,
                    (int)known);
    return true;
}

static bool open_all(struct store *store, const struct store_options *options, struct err *err)
{
    AUTO(text_freep) char *blobs = path_in(options->dir, "blobs");

    return (options->is_read_only ? open_to_read(store, err) : open_to_write(store, options, err)) &&
           blobs_open_as(&store->blobs, blobs, options->is_read_only, err) &&
           (!options->is_glanced_over || (glance_rows(store, err) && glance_blobs(store, err)));
}

bool store_open(struct store **out, const struct store_options *options, struct err *err)
{
    AUTO(store_closep) struct store *store = store_new(options);

    if (open_all(store, options, err)) {
        *out = store;
        store = NULL;
        return true;
    }
    if (err->code != ERR_CORRUPT)
        return err_within(err, "opening %s", store->dir);
    return err_within(
        err,
        "%s is damaged: `nightshift store check` looks, `nightshift admin restore BACKUP --dir NEW` "
        "brings the last backup back, `sqlite3 %s .recover` saves what is left",
        store->dir, "nightshift.db");
}

void store_closep(struct store **at)
{
    struct store *store = *at;

    if (!store)
        return;
    /* The key goes first, so that a thread ending now leaves its seat to us. */
    pthread_key_delete(store->seat_key);
    while (store->seats) {
        struct seat *seat = store->seats;

        store->seats = seat->next;
        seat_free(seat);
    }
    readers_close(store);
    session_close(store, &store->writer);
    blobs_closep(&store->blobs);
    group_stop(store);
    pthread_mutex_destroy(&store->seats_lock);
    pthread_mutex_destroy(&store->readers_lock);
    fd_closep(&store->lock_fd);
    free(store->dir);
    free(store->db_path);
    free(store);
    *at = NULL;
}

/* ---- questions -------------------------------------------------------------------- */

struct blobs *store_blobs(struct store *store)
{
    return store->blobs;
}

const char *store_dir(const struct store *store)
{
    return store->dir;
}

uint64_t store_generation(const struct store *store)
{
    return atomic_load(&store->generation);
}

/* The transaction takes the write lock of the database and gives it back. */
bool store_ready(struct store *store, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    AUTO(query_end) struct query q = query_new(store, SQL_counter_count);

    if (query_step(&q, err) == STEP_FAILED)
        return err_within(err, "the database does not answer");
    if (row_int(&q) == 0)
        return FAIL(err, ERR_CORRUPT, "the database has lost its counters");
    return store->is_read_only || tx_begin(&tx, store, err);
}

bool look_begin(struct look *look, struct store *store, struct err *err)
{
    struct seat *seat = store_seat(store);

    if (!reader_take(seat, err))
        return err_within(err, "looking at the database");
    if (!store->driver->exec(seat->reader->session.db, "BEGIN", err)) {
        reader_give(seat);
        return err_within(err, "looking at one state of the database");
    }
    *look = (struct look){store, true};
    return true;
}

void look_end(struct look *look)
{
    struct err err = {0};

    if (!look->is_open)
        return;
    struct seat *seat = store_seat(look->store);
    if (!look->store->driver->exec(seat->reader->session.db, "ROLLBACK", &err))
        abort(); /* a reading that cannot be ended would see this state for ever */
    reader_give(seat);
    look->is_open = false;
}

static int64_t size_of(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 ? info.st_size : 0;
}

void store_figures(struct store *store, struct store_figures *out)
{
    AUTO(text_freep) char *log = path_in(store->dir, "nightshift.db-wal");

    *out = (struct store_figures){
        .commits = atomic_load(&store->commits),
        .transactions = atomic_load(&store->transactions),
        .rollbacks = atomic_load(&store->rollbacks),
        .db_bytes = size_of(store->db_path),
        .wal_bytes = size_of(log),
    };
}

/* Clients round-trip ids through 32 bits; ten's multiples are skipped by the statement. */
bool store_counter_take(struct store *store, const char *name, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_counter_take);
    int64_t value;

    query_text(&q, name);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "counter %s", name);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no counter %s", name);
    case STEP_ROW:
        break;
    }
    value = row_int(&q);
    if (value > INT32_MAX)
        return FAIL(err, ERR_TOO_MANY, "counter %s is used up", name);
    *out = value;
    return true;
}
