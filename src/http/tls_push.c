/* Records leave in groups. The HTTP library seals 16 KiB at a time and would send each record by itself; a
 * large body costs a third less when several records share one send(). The rule that keeps this safe: a
 * record is held back only when it is certain that another one follows, so the last one never is; and when
 * the socket is full, the new record is not accepted at all, so that its owner keeps it and waits for the
 * socket. */
#include "http/tls_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* 5 bytes of header and at least 16 of tag: nothing smaller carries 16384 bytes. */
#define FULL_PLAIN 16384
#define FULL_SEALED (FULL_PLAIN + 16)
#define FREE_MAX 64 /* of a size that is kept for the next */
#define FEW_SENDERS 8
#define MANY_SENDERS 4096
#define PIECES_MAX 15

struct tls_hold {
    struct tls_hold *next;
    enum hold_size kind;
    size_t room;
    char bytes[];
};

static const size_t hold_room[HOLD__MAX] = {
    [HOLD_SMALL] = 4096 - sizeof(struct tls_hold),
    [HOLD_MIDDLE] = 4 * (FULL_PLAIN + 32),
    [HOLD_LARGE] = 16 * (FULL_PLAIN + 32),
};

void tls_holds_init(struct tls_holds *holds)
{
    *holds = (struct tls_holds){0};
    pthread_mutex_init(&holds->lock, NULL);
}

void tls_holds_end(struct tls_holds *holds)
{
    for (int kind = 0; kind < HOLD__MAX; kind++)
        while (holds->free[kind].first) {
            struct tls_hold *hold = holds->free[kind].first;

            holds->free[kind].first = hold->next;
            free(hold);
        }
    pthread_mutex_destroy(&holds->lock);
}

static struct tls_hold *hold_take(struct tls_holds *holds, enum hold_size kind)
{
    struct tls_hold *hold;

    pthread_mutex_lock(&holds->lock);
    hold = holds->free[kind].first;
    if (hold) {
        holds->free[kind].first = hold->next;
        holds->free[kind].count--;
    }
    pthread_mutex_unlock(&holds->lock);
    if (hold)
        return hold;
    hold = malloc(sizeof(*hold) + hold_room[kind]);
    if (!hold)
        abort();
    hold->kind = kind;
    hold->room = hold_room[kind];
    return hold;
}

static void hold_give(struct tls_holds *holds, struct tls_hold *hold)
{
    bool is_kept;

    pthread_mutex_lock(&holds->lock);
    is_kept = holds->free[hold->kind].count < FREE_MAX;
    if (is_kept) {
        hold->next = holds->free[hold->kind].first;
        holds->free[hold->kind].first = hold;
        holds->free[hold->kind].count++;
    }
    pthread_mutex_unlock(&holds->lock);
    if (!is_kept)
        free(hold);
}

/* Few senders get large groups; thousands get none, because memory would be the limit. */
static enum hold_size wanted_size(struct tls_conn *t)
{
    int senders;

    if (t->remain <= 2 * FULL_PLAIN)
        return HOLD_SMALL;
    senders = atomic_fetch_add_explicit(&t->tls->holds.big_senders, 1, memory_order_relaxed);
    t->is_big_sender = true;
    if (senders >= MANY_SENDERS)
        return HOLD_SMALL;
    return senders < FEW_SENDERS && t->remain > (int64_t)hold_room[HOLD_MIDDLE] ? HOLD_LARGE : HOLD_MIDDLE;
}

void tls_reply_begins(struct conn *conn, int64_t body_bytes)
{
    struct tls_conn *t = conn->tls;

    if (!t)
        return;
    t->remain = body_bytes;
    t->head_is_next = body_bytes > 0;
    if (body_bytes > 0 && !t->hold)
        t->hold = hold_take(&t->tls->holds, wanted_size(t));
}

/* The record was taken, wholly or in part: count its plain bytes once. A rest that looks full again counts
 * too much, which only ends the grouping early. */
static void account(struct tls_conn *t, bool is_full)
{
    if (t->head_is_next)
        t->head_is_next = false;
    else if (is_full)
        t->remain = t->remain > FULL_PLAIN ? t->remain - FULL_PLAIN : 0;
}

/* One system call for what is held and the new record. Bytes of both that left, or -1 with errno. */
static ssize_t send_all(struct tls_conn *t, const giovec_t *pieces, int count, int flags)
{
    struct iovec vector[PIECES_MAX + 1];
    struct msghdr message = {.msg_iov = vector};
    ssize_t sent;

    if (t->held > 0)
        vector[message.msg_iovlen++] = (struct iovec){t->hold->bytes + t->held_from, t->held};
    for (int i = 0; i < count && i < PIECES_MAX; i++)
        vector[message.msg_iovlen++] = (struct iovec){pieces[i].iov_base, pieces[i].iov_len};
    do
        sent = sendmsg(t->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
    while (sent < 0 && errno == EINTR);
    if (sent > 0) {
        t->bytes_out += sent;
        atomic_fetch_add_explicit(&t->tls->bytes_out, sent, memory_order_relaxed);
    }
    return sent;
}

/* Takes what left off the hold; what is more belongs to the new record. */
static size_t unhold(struct tls_conn *t, size_t sent)
{
    if (sent < t->held) {
        t->held_from += sent;
        t->held -= sent;
        return 0;
    }
    sent -= t->held;
    t->held = t->held_from = 0;
    return sent;
}

static void hold_on(struct tls_conn *t, const giovec_t *pieces, int count, size_t size)
{
    char *to = t->hold->bytes + t->held_from + t->held;

    for (int i = 0; i < count; i++) {
        memcpy(to, pieces[i].iov_base, pieces[i].iov_len);
        to += pieces[i].iov_len;
    }
    t->held += size;
}

ssize_t tls_push(gnutls_transport_ptr_t ptr, const giovec_t *pieces, int count)
{
    struct tls_conn *t = ptr;
    size_t size = 0, taken = 0;
    bool is_full, more_follows;

    for (int i = 0; i < count && i < PIECES_MAX; i++)
        size += pieces[i].iov_len;
    is_full = size >= FULL_SEALED;
    more_follows = t->head_is_next || (is_full && t->remain > FULL_PLAIN);
    if (more_follows && t->hold && count <= PIECES_MAX && t->held_from + t->held + size <= t->hold->room) {
        hold_on(t, pieces, count, size);
        account(t, is_full);
        return (ssize_t)size;
    }
    while (taken == 0) {
        ssize_t sent = send_all(t, pieces, count, more_follows ? MSG_MORE : 0);

        if (sent < 0)
            return -1;
        taken = unhold(t, (size_t)sent);
        /* The kernel took what fitted and will tell when there is room, just as after EAGAIN. */
        if (taken == 0 && t->held > 0) {
            errno = EAGAIN;
            return -1;
        }
    }
    account(t, is_full);
    return (ssize_t)taken;
}

/* By the rule above nothing can be held here, unless the reply ended early. */
void tls_reply_ends(struct conn *conn)
{
    struct tls_conn *t = conn->tls;

    if (!t)
        return;
    t->remain = 0;
    t->head_is_next = false;
    while (t->held > 0) {
        ssize_t sent = send_all(t, NULL, 0, 0);

        if (sent < 0)
            break;
        unhold(t, (size_t)sent);
    }
    t->held = t->held_from = 0;
    if (t->hold)
        hold_give(&t->tls->holds, t->hold);
    t->hold = NULL;
    if (t->is_big_sender)
        atomic_fetch_sub_explicit(&t->tls->holds.big_senders, 1, memory_order_relaxed);
    t->is_big_sender = false;
}
