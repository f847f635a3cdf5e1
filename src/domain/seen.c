#include "domain/seen.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/devices.h"

/* Many locks, so that polls on all threads rarely meet; each shard is an open-addressing table by device id.
 */
#define SHARDS 64
#define FIRST_ROOM 64
#define ROWS_PER_TX 1000 /* a batch is one short turn of the writer */

struct entry {
    struct device_seen seen; /* device_id 0: free */
    bool is_new;             /* not yet in the store */
};

struct shard {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t room, count; /* room is a power of two, at most 3/4 used */
};

struct seen {
    struct shard shards[SHARDS];
};

static uint64_t mix(int64_t id)
{
    uint64_t h = (uint64_t)id * 0x9E3779B97F4A7C15ULL;

    return h ^ (h >> 29);
}

static struct shard *shard_of(struct seen *seen, int64_t id)
{
    return &seen->shards[mix(id) % SHARDS];
}

static struct entry *find(struct entry *entries, size_t room, int64_t id)
{
    size_t at = (size_t)(mix(id) / SHARDS) & (room - 1);

    while (entries[at].seen.device_id && entries[at].seen.device_id != id)
        at = (at + 1) & (room - 1);
    return &entries[at];
}

static void grow(struct shard *shard)
{
    size_t room = shard->room * 2;
    struct entry *entries = calloc(room, sizeof(*entries));

    if (!entries)
        abort();
    for (size_t i = 0; i < shard->room; i++)
        if (shard->entries[i].seen.device_id)
            *find(entries, room, shard->entries[i].seen.device_id) = shard->entries[i];
    free(shard->entries);
    shard->entries = entries;
    shard->room = room;
}

bool seen_open(struct seen **out, struct err *err)
{
    struct seen *seen = calloc(1, sizeof(*seen));

    if (!seen)
        return FAIL(err, ERR_BUSY, "no memory for last-seen");
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &seen->shards[i];

        pthread_mutex_init(&shard->lock, NULL);
        shard->room = FIRST_ROOM;
        shard->entries = calloc(FIRST_ROOM, sizeof(struct entry));
        if (!shard->entries)
            abort();
    }
    *out = seen;
    return true;
}

void seen_closep(struct seen **seen)
{
    for (size_t i = 0; *seen && i < SHARDS; i++) {
        pthread_mutex_destroy(&(*seen)->shards[i].lock);
        free((*seen)->shards[i].entries);
    }
    free(*seen);
    *seen = NULL;
}

void seen_note(struct seen *seen, int64_t device_id, int64_t now_ms, const char *address)
{
    struct shard *shard = shard_of(seen, device_id);
    struct entry *entry;

    pthread_mutex_lock(&shard->lock);
    if (shard->count * 4 >= shard->room * 3)
        grow(shard);
    entry = find(shard->entries, shard->room, device_id);
    shard->count += entry->seen.device_id == 0;
    entry->seen.device_id = device_id;
    entry->seen.last_seen_ms = now_ms;
    entry->is_new = true;
    snprintf(entry->seen.address, sizeof(entry->seen.address), "%s", address ? address : "");
    pthread_mutex_unlock(&shard->lock);
}

int64_t seen_last_ms(struct seen *seen, int64_t device_id)
{
    struct shard *shard = shard_of(seen, device_id);
    int64_t last_ms;

    pthread_mutex_lock(&shard->lock);
    last_ms = find(shard->entries, shard->room, device_id)->seen.last_seen_ms;
    pthread_mutex_unlock(&shard->lock);
    return last_ms;
}

/* ---- flushing ------------------------------------------------------------------- */

struct batch {
    struct device_seen *rows;
    size_t count, room;
};

static void batch_add(struct batch *batch, const struct device_seen *row)
{
    if (batch->count == batch->room) {
        batch->room = batch->room ? batch->room * 2 : 256;
        batch->rows = reallocarray(batch->rows, batch->room, sizeof(*batch->rows));
        if (!batch->rows)
            abort();
    }
    batch->rows[batch->count++] = *row;
}

static void batch_freep(struct batch *batch)
{
    free(batch->rows);
}

static void collect(struct seen *seen, struct batch *batch)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &seen->shards[i];

        pthread_mutex_lock(&shard->lock);
        for (size_t k = 0; k < shard->room; k++)
            if (shard->entries[k].is_new) {
                batch_add(batch, &shard->entries[k].seen);
                shard->entries[k].is_new = false;
            }
        pthread_mutex_unlock(&shard->lock);
    }
}

/* What could not be written is new again, for the next round. */
static void give_back(struct seen *seen, const struct batch *batch, size_t from)
{
    for (size_t i = from; i < batch->count; i++) {
        struct shard *shard = shard_of(seen, batch->rows[i].device_id);

        pthread_mutex_lock(&shard->lock);
        find(shard->entries, shard->room, batch->rows[i].device_id)->is_new = true;
        pthread_mutex_unlock(&shard->lock);
    }
}

static int by_device(const void *a, const void *b)
{
    int64_t left = ((const struct device_seen *)a)->device_id;
    int64_t right = ((const struct device_seen *)b)->device_id;

    return (left > right) - (left < right);
}

static bool write_rows(struct store *store, const struct device_seen *rows, size_t count, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    if (!tx_begin(&tx, store, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!store_seen_put(store, &rows[i], err))
            return false;
    return tx_commit(&tx, err);
}

bool seen_flush(struct seen *seen, struct store *store, struct err *err)
{
    AUTO(batch_freep) struct batch batch = {0};

    collect(seen, &batch);
    if (batch.count)
        qsort(batch.rows, batch.count, sizeof(*batch.rows), by_device);
    for (size_t at = 0; at < batch.count; at += ROWS_PER_TX) {
        size_t count = batch.count - at < ROWS_PER_TX ? batch.count - at : ROWS_PER_TX;

        if (!write_rows(store, batch.rows + at, count, err)) {
            give_back(seen, &batch, at);
            return err_within(err, "writing down when devices were seen");
        }
    }
    return true;
}
