/* What the files of the core share: the store's inside. Not for nouns. */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/embedded.h"
#include "store/db.h"
#include "store/store.h"
#include "store/tenant_memo.h"

static inline void text_freep(char **text) /* for AUTO() */
{
    free(*text);
}

/* One statement of a connection, prepared when first used. */
struct held {
    struct db_stmt *stmt;
    bool is_taken; /* by a query under way; a second one gets a spare */
    bool is_spare;
};

/* A connection and its statements; one thread's at a time. */
struct session {
    struct db *db;
    struct held held[SQL__MAX];
};

/* A connection that reads, lent to one thread at a time. */
struct reader {
    struct session session;
    struct reader *next; /* of those that nobody has */
    bool was_lent;       /* since they were last looked through */
};

/* What one thread has of a store. */
struct seat {
    struct store *store;
    struct reader *reader; /* while something of this thread reads */
    int uses;              /* of it: queries and looks under way */
    bool is_in_tx;
    struct tenant_memo *tenants;
    struct seat *next;
};

/* Transactions that become durable together (group.c). */
struct group {
    int refs, members;
    int64_t began_us;
    bool is_known, is_durable; /* is_durable counts once it is known */
    struct err err;
    pthread_cond_t known;
};

/* The line before the writer. Whoever has the turn may use store->writer and store->group. */
struct turn {
    pthread_mutex_t lock;
    bool is_taken;
    struct waiter *first, *last;
};

struct store {
    const struct db_driver *driver;
    char *dir, *db_path;
    bool is_read_only;
    int lock_fd; /* one service per folder */
    struct session writer;
    struct blobs *blobs;

    pthread_key_t seat_key;
    pthread_mutex_t seats_lock;
    struct seat *seats;

    pthread_mutex_t readers_lock;
    struct reader *readers; /* that nobody has */

    struct turn turn;
    struct group *group; /* the open one */
    int64_t group_us;    /* how old it may grow */
    bool is_group_lost;  /* a failure rolled all of it back */
    struct err lost;
    bool wants_purge;      /* by who has the turn */
    int64_t purge_from_us; /* not tried before: it failed a moment ago */

    atomic_uint_fast64_t generation;
    atomic_int_fast64_t commits, transactions, rollbacks;
};

/* store.c: this thread's seat, made when missing. */
struct seat *store_seat(struct store *store);
bool session_prepare(struct store *store, struct session *session, enum sql sql, struct err *err) CHECKED;
void session_close(struct store *store, struct session *session);

/* readers.c: as many connections as were wanted at once lately, not one for every thread. The seat has one from
 * its first use until its last is given back. */
bool reader_take(struct seat *seat, struct err *err) CHECKED;
void reader_give(struct seat *seat);
void readers_close(struct store *store);

/* group.c */
void group_start(struct store *store);
void group_stop(struct store *store);
/* After a failed statement of the writer: did the failure end the transaction? Then everything in it is lost.
 */
void group_notice(struct store *store, const struct err *err);

/* migrate.c: runs the NNNN_*.sql of `files` that the database has not seen, up to step `last` (0: all). */
bool store_migrate(const struct db_driver *driver, struct db *db, const struct embedded *files, int64_t last,
                   struct err *err) CHECKED;
/* The highest step in `files`; refuses a gap. */
bool store_migrate_last(const struct embedded *files, int64_t *out, struct err *err) CHECKED;

/* audit_chain.c: numbers the audit records that were there before the chain, and chains them. Inside the
 * step's transaction. */
bool audit_chain_rows(const struct db_driver *driver, struct db *db, struct err *err) CHECKED;

/* ballast.c */
bool ballast_free(const char *dir, struct err *err) CHECKED; /* when the disk is full */
bool ballast_make(const char *dir, int64_t bytes,
                  struct err *err) CHECKED; /* when missing, and there is room */

/* ---- blobs: blob_fs.c writes and lists, blob_map.c reads -------------------------- */

#define BLOB_FOLDERS 256 /* by the first two digits */

struct blobs {
    char *dir;
    pthread_mutex_t lock; /* of maps */
    struct mapped *maps[BLOB_FOLDERS];
};

/* Refuses what is no blob's name. */
bool blob_path(const struct blobs *blobs, const char *id, char out[PATH_MAX], struct err *err) CHECKED;
/* is_read_only touches nothing, beside a running service. */
bool blobs_open_as(struct blobs **out, const char *dir, bool is_read_only, struct err *err) CHECKED;
