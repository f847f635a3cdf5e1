/* Body pieces: into memory, bounded by the plan, or into a buffer that a worker pours into the sink, so that
 * a slow disk never holds up the network thread. While a worker pours, the connection is suspended. */
#include "http/mhd.h"

#include <stdlib.h>

#define SINK_PIECE (128 << 10)
#define FIRST_PIECE 4096

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Room for `more` bytes of a body kept in memory; doubled as it grows, so that a length merely claimed costs
 * nothing. */
static void grow(struct request *r, size_t more)
{
    size_t room = r->piece_room ? r->piece_room : FIRST_PIECE;
    char *bigger;

    while (room < r->piece_size + more)
        room *= 2;
    if (room == r->piece_room)
        return;
    bigger = arena_take(r->arena, room);
    if (r->piece_size > 0)
        memcpy(bigger, r->piece, r->piece_size);
    r->piece = bigger;
    r->piece_room = room;
}

static void keep(struct request *r, const char *data, size_t size)
{
    grow(r, size);
    memcpy(r->piece + r->piece_size, data, size);
    r->piece_size += size;
}

/* The sink's buffer comes from the heap: it is large, and gone before the request is. */
static size_t fill(struct request *r, const char *data, size_t size)
{
    size_t taken;

    if (!r->piece) {
        r->piece_room = SINK_PIECE;
        if (r->body_size >= 0 && r->body_size < SINK_PIECE)
            r->piece_room = (size_t)r->body_size;
        r->piece = malloc(r->piece_room);
        if (!r->piece)
            abort();
        r->piece_is_heap = true;
    }
    taken = smaller(size, r->piece_room - r->piece_size);
    memcpy(r->piece + r->piece_size, data, taken);
    r->piece_size += taken;
    return taken;
}

bool mhd_body_flush(struct request *r)
{
    struct sink *sink = r->plan.sink;
    struct err err;

    if (!sink || r->piece_size == 0)
        return true;
    if (sink->write(sink, span_make(r->piece, r->piece_size), &err)) {
        r->piece_size = 0;
        return true;
    }
    sink->drop(sink);
    r->plan.sink = NULL;
    r->piece_size = 0;
    mhd_refuse(r, &err);
    return false;
}

/* The answer cannot wait for the end of a body nobody wants. */
static enum MHD_Result give_up(struct request *r)
{
    mhd_answer_raw(r);
    return MHD_NO;
}

enum MHD_Result mhd_body_piece(struct request *r, struct MHD_Connection *mhd, const char *data, size_t *size)
{
    size_t taken = *size;

    if (r->step == STEP_ANSWER)
        return give_up(r);
    if (r->step == STEP_SWALLOW) {
        *size = 0;
        return MHD_YES;
    }
    if (r->body_got + (int64_t)*size > r->plan.body_max) {
        struct err err;

        (void)FAIL(&err, ERR_TOO_LARGE, "the body is larger than %lld bytes", (long long)r->plan.body_max);
        mhd_refuse(r, &err);
        return give_up(r);
    }
    if (r->plan.sink)
        taken = fill(r, data, *size);
    else
        keep(r, data, *size);
    *size -= taken;
    r->body_got += (int64_t)taken;
    atomic_fetch_add_explicit(&r->conn->body_bytes, (long long)taken, memory_order_relaxed);
    if (r->plan.sink && r->piece_size == r->piece_room && !mhd_dispatch(r, mhd, false))
        return give_up(r);
    return MHD_YES;
}
