#include "store/private.h"

/* The last one given back is lent first: few stay in use, and theirs are the warm pages and statements. */
static struct reader *lend(struct store *store)
{
    pthread_mutex_lock(&store->readers_lock);
    struct reader *reader = store->readers;
    if (reader)
        store->readers = reader->next;
    pthread_mutex_unlock(&store->readers_lock);
    return reader;
}

static struct reader *reader_open(struct store *store, struct err *err)
{
    struct reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        abort();
    if (store->driver->open(&reader->session.db, store->db_path, DB_READER, err))
        return reader;
    free(reader);
    return NULL;
}

bool reader_take(struct seat *seat, struct err *err)
{
    if (!seat->reader)
        seat->reader = lend(seat->store);
    if (!seat->reader)
        seat->reader = reader_open(seat->store, err);
    if (!seat->reader)
        return false;
    seat->uses++;
    return true;
}

void reader_give(struct seat *seat)
{
    struct store *store = seat->store;

    if (--seat->uses > 0)
        return;
    pthread_mutex_lock(&store->readers_lock);
    seat->reader->next = store->readers;
    seat->reader->was_lent = true;
    store->readers = seat->reader;
    pthread_mutex_unlock(&store->readers_lock);
    seat->reader = NULL;
}

static void reader_close(struct store *store, struct reader *reader)
{
    session_close(store, &reader->session);
    free(reader);
}

void readers_close(struct store *store)
{
    struct reader *reader;

    while ((reader = lend(store)))
        reader_close(store, reader);
}

/* With the lock: the idle leave the list, in any order. */
static struct reader *take_idle(struct store *store)
{
    struct reader **at = &store->readers, *idle = NULL;

    while (*at) {
        struct reader *reader = *at;

        if (reader->was_lent) {
            reader->was_lent = false;
            at = &reader->next;
            continue;
        }
        *at = reader->next;
        reader->next = idle;
        idle = reader;
    }
    return idle;
}

void store_readers_rest(struct store *store)
{
    struct reader *idle, *next;

    pthread_mutex_lock(&store->readers_lock);
    idle = take_idle(store);
    pthread_mutex_unlock(&store->readers_lock);
    for (; idle; idle = next) {
        next = idle->next;
        reader_close(store, idle);
    }
}
