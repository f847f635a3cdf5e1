#include "http/park.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"

#define BUCKETS 4096 /* also of rings remembered: two that share one only ask once more than needed */
#define ROUND_MS 20  /* between two looks at all deadlines, when there is much to do */
#define IDLE_MS 60000
#define NO_SLOT UINT32_MAX
#define KICK UINT64_MAX /* no slot's name */

struct slot {
    struct parked *who;  /* NULL: free */
    uint32_t generation; /* so that a late event does not hit who came after */
    uint32_t next_free;
};

struct park {
    pthread_mutex_t lock; /* guards all of it */
    struct slot *slots;
    uint32_t most, used, first_free; /* used: slots at or above were never taken */
    struct parked *buckets[BUCKETS];
    uint64_t rung_key[BUCKETS], rung_group[BUCKETS];
    atomic_ullong rings; /* written under the lock */
    int64_t next_ms;     /* the thread looks at all deadlines then */
    bool is_closed, is_stopping;
    void (*hold)(struct parked *);
    void (*wake)(struct parked *);
    int epoll_fd, kick_fd;
    pthread_t thread;
    bool has_thread;
    atomic_llong count;
};

static size_t bucket_of(uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 52) % BUCKETS;
}

static void kick(struct park *park)
{
    uint64_t one = 1;

    if (write(park->kick_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full: it is awake */
}

/* ---- in and out of the table; under the lock ----------------------------------------- */

static void slot_take(struct park *park, struct parked *who)
{
    uint32_t index = park->first_free;

    if (index != NO_SLOT)
        park->first_free = park->slots[index].next_free;
    else
        index = park->used++;
    park->slots[index].who = who;
    who->slot = index;
}

static void slot_give(struct park *park, uint32_t index)
{
    struct slot *slot = &park->slots[index];

    slot->who = NULL;
    slot->generation++;
    slot->next_free = park->first_free;
    park->first_free = index;
}

static void watch(struct park *park, struct parked *who)
{
    uint64_t name = (uint64_t)park->slots[who->slot].generation << 32 | who->slot;
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.u64 = name};

    epoll_ctl(park->epoll_fd, EPOLL_CTL_ADD, who->fd, &event);
}

/* The last touch: from here on it belongs to its owner again. */
static void let_go(struct park *park, struct parked *who, bool is_for_good)
{
    struct parked **at = &park->buckets[bucket_of(who->key)];

    while (*at != who)
        at = &(*at)->next;
    *at = who->next;
    epoll_ctl(park->epoll_fd, EPOLL_CTL_DEL, who->fd, NULL);
    slot_give(park, who->slot);
    atomic_fetch_sub_explicit(&park->count, 1, memory_order_relaxed);
    if (is_for_good)
        who->until_ms = 0;
    park->wake(who);
}

static struct parked *find(struct park *park, uint64_t key)
{
    struct parked *at = park->buckets[bucket_of(key)];

    while (at && at->key != key)
        at = at->next;
    return at;
}

static void due_at(struct park *park, struct parked *who, int64_t due_ms)
{
    who->due_ms = due_ms;
    if (due_ms >= park->next_ms)
        return;
    park->next_ms = due_ms;
    kick(park);
}

static bool was_rung(const struct park *park, const struct parked *who, uint64_t mark)
{
    return (who->key && park->rung_key[bucket_of(who->key)] > mark) ||
           (who->group && park->rung_group[bucket_of(who->group)] > mark);
}

/* ---- the thread ------------------------------------------------------------------------ */

/* A name is that of the slot and of who held it then. */
static void hung_up(struct park *park, uint64_t name)
{
    uint32_t index = (uint32_t)name;

    if (index < park->used && park->slots[index].who && park->slots[index].generation == name >> 32)
        let_go(park, park->slots[index].who, true);
}

static void wake_due(struct park *park, int64_t now_ms)
{
    int64_t next_ms = now_ms + IDLE_MS;

    for (uint32_t i = 0; i < park->used; i++) {
        struct parked *who = park->slots[i].who;

        if (who && who->due_ms <= now_ms)
            let_go(park, who, false);
        else if (who && who->due_ms < next_ms)
            next_ms = who->due_ms;
    }
    park->next_ms = next_ms > now_ms + ROUND_MS ? next_ms : now_ms + ROUND_MS;
}

static int turn(struct park *park, const struct epoll_event *events, int count)
{
    int64_t now_ms, wait_ms;
    uint64_t scrap;
    bool is_over;

    pthread_mutex_lock(&park->lock);
    for (int i = 0; i < count; i++)
        if (events[i].data.u64 != KICK)
            hung_up(park, events[i].data.u64);
        else if (read(park->kick_fd, &scrap, sizeof(scrap)) < 0)
            continue; /* somebody else's read has emptied it */
    now_ms = clock_monotonic_ms();
    if (now_ms >= park->next_ms)
        wake_due(park, now_ms);
    wait_ms = park->next_ms - now_ms;
    is_over = park->is_stopping;
    pthread_mutex_unlock(&park->lock);
    return is_over ? -1 : wait_ms > 0 ? (int)wait_ms : 0;
}

static void *park_main(void *arg)
{
    struct park *park = arg;
    struct epoll_event events[128];
    int count = 0, wait_ms;

    while ((wait_ms = turn(park, events, count)) >= 0) {
        count = epoll_wait(park->epoll_fd, events, (int)COUNT(events), wait_ms);
        count = count > 0 ? count : 0;
    }
    return NULL;
}

/* ---- start and stop ---------------------------------------------------------------------- */

static bool open_descriptors(struct park *park, struct err *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = KICK};

    park->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    park->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (park->epoll_fd < 0 || park->kick_fd < 0 ||
        epoll_ctl(park->epoll_fd, EPOLL_CTL_ADD, park->kick_fd, &event) != 0)
        return FAIL_ERRNO(err, "epoll of the park");
    return true;
}

bool park_start(struct park **out, int64_t most, void (*hold)(struct parked *), void (*wake)(struct parked *),
                struct err *err)
{
    struct park *park = calloc(1, sizeof(*park));

    if (!park || !(park->slots = calloc((size_t)most + 1, sizeof(*park->slots))))
        abort();
    pthread_mutex_init(&park->lock, NULL);
    park->most = (uint32_t)most;
    park->first_free = NO_SLOT;
    park->hold = hold;
    park->wake = wake;
    park->epoll_fd = park->kick_fd = -1;
    if (!open_descriptors(park, err)) {
        park_stopp(&park);
        return false;
    }
    if (pthread_create(&park->thread, NULL, park_main, park) != 0) {
        park_stopp(&park);
        return FAIL(err, ERR_IO, "cannot start the thread of the park");
    }
    park->has_thread = true;
    *out = park;
    return true;
}

void park_stopp(struct park **out)
{
    struct park *park = *out;

    *out = NULL;
    if (!park)
        return;
    if (park->has_thread) {
        pthread_mutex_lock(&park->lock);
        park->is_stopping = true;
        kick(park);
        pthread_mutex_unlock(&park->lock);
        pthread_join(park->thread, NULL);
    }
    fd_closep(&park->epoll_fd);
    fd_closep(&park->kick_fd);
    pthread_mutex_destroy(&park->lock);
    free(park->slots);
    free(park);
}

/* ---- from any thread ------------------------------------------------------------------------ */

uint64_t park_mark(const struct park *park)
{
    return atomic_load_explicit(&park->rings, memory_order_acquire);
}

/* Under the lock. */
static void enter(struct park *park, struct parked *who, int64_t due_ms)
{
    struct parked **bucket = &park->buckets[bucket_of(who->key)];
    struct parked *earlier = who->key ? find(park, who->key) : NULL;

    if (earlier)
        let_go(park, earlier, true);
    park->hold(who); /* first: the hang-up may be known before the next line */
    slot_take(park, who);
    who->next = *bucket;
    *bucket = who;
    atomic_fetch_add_explicit(&park->count, 1, memory_order_relaxed);
    watch(park, who);
    due_at(park, who, due_ms);
}

bool park_enter(struct park *park, struct parked *who, uint64_t mark)
{
    int64_t now_ms = clock_monotonic_ms();
    bool may_enter;

    pthread_mutex_lock(&park->lock);
    may_enter = !park->is_closed && who->until_ms > now_ms && park_count(park) < (int64_t)park->most;
    if (may_enter)
        enter(park, who, was_rung(park, who, mark) ? now_ms : who->until_ms);
    pthread_mutex_unlock(&park->lock);
    return may_enter;
}

void park_ring(struct park *park, uint64_t key)
{
    struct parked *who;

    pthread_mutex_lock(&park->lock);
    park->rung_key[bucket_of(key)] = atomic_fetch_add(&park->rings, 1) + 1;
    who = key ? find(park, key) : NULL;
    if (who)
        let_go(park, who, false);
    pthread_mutex_unlock(&park->lock);
}

/* A moment that differs from slot to slot, and from ring to ring. */
static int64_t moment(const struct park *park, uint32_t slot, int64_t spread_ms)
{
    uint64_t n = (park_mark(park) << 32 | slot) * 0x9e3779b97f4a7c15u;

    n = (n ^ (n >> 31)) * 0xbf58476d1ce4e5b9u;
    return spread_ms > 0 ? (int64_t)((n >> 32) % (uint64_t)spread_ms) : 0;
}

void park_ring_group(struct park *park, uint64_t group, int64_t spread_ms)
{
    int64_t now_ms = clock_monotonic_ms();

    pthread_mutex_lock(&park->lock);
    park->rung_group[bucket_of(group)] = atomic_fetch_add(&park->rings, 1) + 1;
    for (uint32_t i = 0; group && i < park->used; i++) {
        struct parked *who = park->slots[i].who;
        int64_t due_ms = now_ms + moment(park, i, spread_ms);

        if (who && who->group == group && due_ms < who->due_ms)
            due_at(park, who, due_ms);
    }
    pthread_mutex_unlock(&park->lock);
}

void park_release_all(struct park *park)
{
    pthread_mutex_lock(&park->lock);
    park->is_closed = true;
    for (uint32_t i = 0; i < park->used; i++)
        if (park->slots[i].who)
            let_go(park, park->slots[i].who, true);
    pthread_mutex_unlock(&park->lock);
}

int64_t park_count(const struct park *park)
{
    return atomic_load_explicit(&park->count, memory_order_relaxed);
}
