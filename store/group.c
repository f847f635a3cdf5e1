#include "store/private.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mutant.h"
#include "store/stop.h"

/* Nobody's commit waits for more than this many others, or for a group this old. */
#define PURGE_PAUSE_US 1000000
#define GROUP_MEMBERS_MAX 256
#define GROUP_AGE_MAX_US 20000

/* ---- the line before the writer: first come, first served ------------------------- */

struct waiter {
    pthread_cond_t come;
    bool is_turn;
    struct waiter *next;
};

static void turn_take(struct turn *turn)
{
    struct waiter me = {.come = PTHREAD_COND_INITIALIZER};

    pthread_mutex_lock(&turn->lock);
    if (!turn->is_taken) {
        turn->is_taken = true;
    } else {
        if (turn->last)
            turn->last->next = &me;
        else
            turn->first = &me;
        turn->last = &me;
        while (!me.is_turn)
            pthread_cond_wait(&me.come, &turn->lock);
    }
    pthread_mutex_unlock(&turn->lock);
    pthread_cond_destroy(&me.come);
}

/* With the lock. The turn stays taken when somebody waits: it is handed over, nobody jumps the line. */
static void turn_pass(struct turn *turn)
{
    struct waiter *next = turn->first;

    if (!next) {
        turn->is_taken = false;
        return;
    }
    turn->first = next->next;
    if (!turn->first)
        turn->last = NULL;
    next->is_turn = true;
    pthread_cond_signal(&next->come);
}

/* ---- groups ------------------------------------------------------------------------- */

void group_start(struct store *store)
{
    store->group_us = GROUP_AGE_MAX_US;
    store->wants_purge = !store->is_read_only; /* a crash may have come between a commit and its purge */
    pthread_mutex_init(&store->turn.lock, NULL);
}

void group_stop(struct store *store)
{
    pthread_mutex_destroy(&store->turn.lock);
}

static bool group_open(struct store *store, struct err *err)
{
    struct group *group;

    /* Left by a rollback that failed. */
    if (store->driver->is_in_transaction(store->writer.db) &&
        !store->driver->exec(store->writer.db, "ROLLBACK", err))
        return false;
    if (!store->driver->exec(store->writer.db, "BEGIN IMMEDIATE", err))
        return false;
    group = calloc(1, sizeof(*group));
    if (!group)
        abort();
    pthread_cond_init(&group->known, NULL);
    group->refs = 1;
    group->began_us = clock_monotonic_us();
    store->group = group;
    store->is_group_lost = false;
    return true;
}

/* With the lock. */
static void group_drop(struct group *group)
{
    if (--group->refs > 0)
        return;
    pthread_cond_destroy(&group->known);
    free(group);
}

static void group_lose(struct store *store, const struct err *why)
{
    if (!store->is_group_lost)
        store->lost = *why;
    store->is_group_lost = true;
}

void group_notice(struct store *store, const struct err *err)
{
    if (!store->driver->is_in_transaction(store->writer.db))
        group_lose(store, err);
}

/* Ends the writer's transaction, whatever it takes; a failure is seen again by group_open. */
static void roll_back_all(struct store *store)
{
    struct err ignored;

    if (store->driver->is_in_transaction(store->writer.db) &&
        !store->driver->exec(store->writer.db, "ROLLBACK", &ignored))
        log_say(LOG_WARN, "store.rollback", "failed", ignored.text, NULL);
}

static bool make_durable(struct store *store, struct err *err)
{
    bool is_sync_lost = false;

    if (store->is_group_lost) {
        *err = store->lost;
        return err_within(err, "a shared transaction was lost");
    }
    if (store->driver->commit(store->writer.db, &is_sync_lost, err))
        return true;
    if (is_sync_lost && !MUTANT_IS(26))
        store_stop(err->text);
    return false;
}

void store_purge(struct store *store)
{
    store->wants_purge = true;
}

/* A reader in the way makes every writer behind us wait for nothing: then a later commit tries again. */
static bool purge(struct store *store, bool *is_sync_lost, struct err *err)
{
    if (!store->wants_purge || clock_monotonic_us() < store->purge_from_us)
        return false;
    store->wants_purge = !store->driver->purge(store->writer.db, is_sync_lost, err);
    store->purge_from_us = store->wants_purge ? clock_monotonic_us() + PURGE_PAUSE_US : 0;
    return !store->wants_purge;
}

/* Moves the log into the database now and then, by whoever committed; empties it where a secret was deleted.
 */
static void tidy(struct store *store)
{
    bool is_sync_lost = false;
    struct err err;

    if (purge(store, &is_sync_lost, &err))
        return;
    if (!is_sync_lost && store->driver->tidy(store->writer.db, &is_sync_lost, &err))
        return;
    if (is_sync_lost)
        store_stop(err.text);
    log_say(LOG_WARN, "store.checkpoint", "failed", err.text, NULL);
}

static void tell_members(struct store *store, struct group *group, bool is_durable, const struct err *err)
{
    pthread_mutex_lock(&store->turn.lock);
    group->is_durable = is_durable;
    if (!is_durable)
        group->err = *err;
    group->is_known = true;
    pthread_cond_broadcast(&group->known);
    group_drop(group);
    pthread_mutex_unlock(&store->turn.lock);
}

/* One COMMIT for all members. A group without any has nothing to keep. */
static void group_finish(struct store *store)
{
    struct group *group = store->group;
    bool is_durable = false;
    struct err err = {0};

    store->group = NULL;
    if (MUTANT_IS(25))
        tell_members(store, group, true, &err);
    if (group->members > 0) {
        is_durable = make_durable(store, &err);
        atomic_fetch_add(&store->generation,
                         1); /* also when it failed: its changes may be there all the same */
    }
    if (is_durable)
        atomic_fetch_add(&store->commits, 1);
    else
        roll_back_all(store);
    if (!MUTANT_IS(25))
        tell_members(store, group, is_durable, &err);
    if (is_durable)
        tidy(store);
}

static bool may_grow(const struct store *store)
{
    return !store->is_group_lost && store->group->members < GROUP_MEMBERS_MAX &&
           clock_monotonic_us() - store->group->began_us < store->group_us;
}

/* Gives the turn away: the next in line goes on with the group, or this thread finishes it first. */
static void leave(struct store *store)
{
    pthread_mutex_lock(&store->turn.lock);
    if (store->group && !(store->turn.first && may_grow(store))) {
        pthread_mutex_unlock(&store->turn.lock);
        group_finish(store);
        pthread_mutex_lock(&store->turn.lock);
    }
    turn_pass(&store->turn);
    pthread_mutex_unlock(&store->turn.lock);
}

/* ---- transactions -------------------------------------------------------------------- */

bool tx_begin(struct tx *tx, struct store *store, struct err *err)
{
    struct seat *seat = store_seat(store);

    if (seat->is_in_tx) /* it would wait for itself */
        abort();
    if (store->is_read_only)
        return FAIL(err, ERR_FORBIDDEN, "the store is open for reading only");
    turn_take(&store->turn);
    if ((!store->group && !group_open(store, err)) ||
        !store->driver->exec(store->writer.db, "SAVEPOINT member", err)) {
        leave(store);
        return err_within(err, "beginning a transaction");
    }
    seat->is_in_tx = true;
    *tx = (struct tx){store, true};
    return true;
}

/* Takes this member's changes out of the group again. */
static void take_back(struct store *store)
{
    struct err err;

    if (store->is_group_lost || MUTANT_IS(27))
        return;
    if (store->driver->exec(store->writer.db, "ROLLBACK TO member; RELEASE member", &err))
        return;
    /* They cannot be told apart any more: nothing of the group may be kept. */
    group_lose(store, &err);
    roll_back_all(store);
}

void tx_end(struct tx *tx)
{
    struct store *store = tx->store;

    if (!tx->is_open)
        return;
    tx->is_open = false;
    take_back(store);
    atomic_fetch_add(&store->rollbacks, 1);
    store_seat(store)->is_in_tx = false;
    leave(store);
}

/* The answer of the group's COMMIT, which this thread or another made. */
static bool await(struct store *store, struct group *group, struct err *err)
{
    pthread_mutex_lock(&store->turn.lock);
    while (!group->is_known)
        pthread_cond_wait(&group->known, &store->turn.lock);
    bool is_durable = group->is_durable;
    if (!is_durable)
        *err = group->err;
    group_drop(group);
    pthread_mutex_unlock(&store->turn.lock);
    return is_durable;
}

bool tx_commit(struct tx *tx, struct err *err)
{
    struct store *store = tx->store;
    struct group *group = store->group;

    if (!tx->is_open)
        abort();
    if (store->is_group_lost)
        *err = store->lost;
    if (store->is_group_lost || !store->driver->exec(store->writer.db, "RELEASE member", err)) {
        tx_end(tx);
        return err_within(err, "committing");
    }
    tx->is_open = false;
    group->members++;
    pthread_mutex_lock(&store->turn.lock);
    group->refs++;
    pthread_mutex_unlock(&store->turn.lock);
    store_seat(store)->is_in_tx = false;
    atomic_fetch_add(&store->transactions, 1);
    leave(store);
    return await(store, group, err) || err_within(err, "committing");
}
