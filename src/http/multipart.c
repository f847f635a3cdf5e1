#include "http/multipart.h"

#include <inttypes.h>

static int64_t range_size(const struct range *range)
{
    return range->last - range->first + 1;
}

static int64_t part_end(const struct multipart_part *part)
{
    return part->from + (int64_t)part->head.size + range_size(&part->range);
}

struct multipart *multipart_new(struct arena *arena, const struct pieces *whole, const struct range *ranges,
                                size_t count, const char *type, const char *boundary)
{
    struct multipart *m = ARENA_NEW(arena, struct multipart);

    *m = (struct multipart){
        .whole = *whole, .count = count, .parts = ARENA_MANY(arena, struct multipart_part, count)};
    for (size_t i = 0; i < count; i++) {
        struct multipart_part *part = &m->parts[i];

        *part = (struct multipart_part){.range = ranges[i], .from = m->size};
        part->head =
            span_of(arena_printf(arena,
                                 "\r\n--%s\r\nContent-Type: %s\r\nContent-Range: bytes %" PRId64 "-%" PRId64
                                 "/%" PRId64 "\r\n\r\n",
                                 boundary, type, ranges[i].first, ranges[i].last, pieces_size(whole)));
        m->size = part_end(part);
    }
    m->tail = span_of(arena_printf(arena, "\r\n--%s--\r\n", boundary));
    m->size += (int64_t)m->tail.size;
    return m;
}

/* The stretch of one piece that begins `skip` bytes into it. */
static size_t copy_piece(const char *at, int64_t size, int64_t skip, char *out, size_t max)
{
    size_t left = (size_t)(size - skip);

    if (left > max)
        left = max;
    memcpy(out, at + skip, left);
    return left;
}

static size_t copy_range(const struct multipart *m, const struct range *range, int64_t skip, char *out,
                         size_t max)
{
    size_t left = (size_t)(range_size(range) - skip);

    return pieces_read(&m->whole, range->first + skip, out, left < max ? left : max);
}

/* What lies at `from`, up to the end of its piece. */
static size_t read_once(struct multipart *m, int64_t from, char *out, size_t max)
{
    const struct multipart_part *part;
    int64_t head;

    while (m->next < m->count && from >= part_end(&m->parts[m->next]))
        m->next++;
    if (m->next == m->count)
        return copy_piece(m->tail.at, (int64_t)m->tail.size, from - (m->size - (int64_t)m->tail.size), out,
                          max);
    part = &m->parts[m->next];
    head = (int64_t)part->head.size;
    if (from - part->from < head)
        return copy_piece(part->head.at, head, from - part->from, out, max);
    return copy_range(m, &part->range, from - part->from - head, out, max);
}

size_t multipart_read(struct multipart *m, int64_t from, char *out, size_t max)
{
    size_t done = 0;

    if (m->next > 0 && from < part_end(&m->parts[m->next - 1]))
        m->next = 0; /* a reader that went back */
    while (done < max && from + (int64_t)done < m->size)
        done += read_once(m, from + (int64_t)done, out + done, max - done);
    return done;
}
