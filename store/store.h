/* Where nouns rest: one database, one folder of blobs. One function per question, in store/<noun>s.h; this
 * file is the store itself and its transactions. Knows no rule and no policy, and never asks the clock.
 *
 * Reading: outside a transaction every thread reads through its own connection (a consistent snapshot per
 * statement). Writing: between tx_begin and tx_commit this thread's statements go to the one writer. Group
 * commit: transactions that overlap share one durable COMMIT; tx_commit returns true only when it is on disk.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct store;
struct blobs;

struct store_options {
    const char *dir;       /* holds nightshift.db, blobs/, uploads/, lock, ballast */
    bool is_read_only;     /* `store check` beside a running service */
    int64_t ballast_bytes; /* 0: STORE_BALLAST_BYTES; -1: none */
    bool is_glanced_over;  /* refused when a glance finds it damaged: as much as a start has time for */
};
#define STORE_BALLAST_BYTES (64 * 1024 * 1024)

/* Opens, migrates, asserts WAL, synchronous=FULL and secure_delete, prepares every statement of sql.def.
 * Frees the ballast first when the disk is full. ERR_CORRUPT names the command that repairs. */
bool store_open(struct store **out, const struct store_options *options, struct err *err) CHECKED;
void store_closep(struct store **store);
struct blobs *store_blobs(struct store *store);
const char *store_dir(const struct store *store);
/* Is the database answering and writable? For /readyz. */
bool store_ready(struct store *store, struct err *err) CHECKED;
/* Raised by every commit: caches compare it to know that something changed. */
uint64_t store_generation(const struct store *store);

struct tx {
    struct store *store;
    bool is_open;
};
/* Waits for the writer. Not nestable: a second begin on the same thread is a bug and aborts. */
bool tx_begin(struct tx *tx, struct store *store, struct err *err) CHECKED;
/* True: durable. False: nothing of this transaction happened (or, ERR_IO, it must be asked again). */
bool tx_commit(struct tx *tx, struct err *err) CHECKED;
void tx_end(struct tx *tx); /* for AUTO(): rolls back unless committed */

/* Inside a tx that deletes a secret: once it is committed the log is emptied, so that no earlier copy of the
 * page stays there; by a later commit when somebody reads just then. Costs two fsyncs. */
void store_purge(struct store *store);

/* Next id of a counter ("action", "module"): positive int32, never a multiple of ten. Inside a tx. */
bool store_counter_take(struct store *store, const char *name, int64_t *out, struct err *err) CHECKED;

/* Several readings that agree with each other: between the two this thread's reader sees one state of the
 * database. The log cannot be emptied meanwhile, so it is for seconds. Not inside a tx. */
struct look {
    struct store *store;
    bool is_open;
};
bool look_begin(struct look *look, struct store *store, struct err *err) CHECKED;
void look_end(struct look *look); /* for AUTO() */

/* Connections that nobody has read through since the last call are closed: each holds pages, statements and files, and
 * a busy moment opens more of them than are used afterwards. */
void store_readers_rest(struct store *store);

struct store_figures {
    int64_t commits, transactions, rollbacks, db_bytes, wal_bytes;
};
void store_figures(struct store *store, struct store_figures *out);
