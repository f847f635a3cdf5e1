#include "domain/quiet.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"

#define DAY_MIN (24 * 60)
#define QUARTER 15
#define EIGHTHS 8
#define STARTS_MAX (DAY_MIN / QUARTER)

int64_t quiet_range_min(int64_t from_min, int64_t to_min)
{
    return to_min > from_min ? to_min - from_min : to_min - from_min + DAY_MIN;
}

uint64_t quiet_pick(const char *controller_id)
{
    return hash_rank(span_of("quiet"), span_of(controller_id));
}

/* Pages in a stretch, as if those of an hour were even over it; times 60. */
static int64_t pages_of(const int64_t *sums, int64_t start_min, int64_t minutes)
{
    int64_t pages = 0;

    while (sums && minutes > 0) {
        int64_t left = 60 - start_min % 60, part = left < minutes ? left : minutes;

        pages += part * sums[start_min / 60 % USAGE_HOURS];
        start_min += part;
        minutes -= part;
    }
    return pages;
}

struct start {
    int64_t offset_min; /* behind the first */
    int64_t pages, off_middle;
};

static int by_pages_and_middle(const void *a, const void *b)
{
    const struct start *x = a, *y = b;

    if (x->pages != y->pages)
        return x->pages < y->pages ? -1 : 1;
    if (x->off_middle != y->off_middle)
        return x->off_middle < y->off_middle ? -1 : 1;
    return x->offset_min < y->offset_min ? -1 : x->offset_min > y->offset_min;
}

struct quiet_stretch quiet_find(const struct quiet_wish *w)
{
    int64_t range = quiet_range_min(w->from_min, w->to_min), spare = range - w->minutes, start_min;
    struct start starts[STARTS_MAX];
    size_t count = 0, equals = 1;

    if (spare <= 0)
        return (struct quiet_stretch){w->from_min, w->to_min};
    for (int64_t offset = 0; offset <= spare && count < STARTS_MAX; offset += QUARTER) {
        int64_t off = 2 * offset - spare;

        starts[count++] =
            (struct start){offset, pages_of(w->sums, w->from_min + offset, w->minutes), off < 0 ? -off : off};
    }
    qsort(starts, count, sizeof(*starts), by_pages_and_middle);
    while (equals < count && equals < QUIET_EQUALS && starts[equals].pages == starts[0].pages)
        equals++;
    start_min = w->from_min + starts[w->pick % equals].offset_min;
    return (struct quiet_stretch){start_min % DAY_MIN, (start_min + w->minutes) % DAY_MIN};
}

/* ---- what is known ------------------------------------------------------------------------ */

void quiet_learn(int64_t sums[USAGE_HOURS], const int64_t hours[USAGE_HOURS])
{
    for (size_t i = 0; i < USAGE_HOURS; i++)
        sums[i] = sums[i] * 7 / 8 + hours[i] * EIGHTHS;
}

const char *quiet_text(struct arena *arena, const int64_t sums[USAGE_HOURS])
{
    struct buf text = {.arena = arena};

    for (size_t i = 0; i < USAGE_HOURS; i++)
        buf_printf(&text, "%s%" PRId64, i ? "," : "", sums[i]);
    return buf_cstr(&text);
}

bool quiet_read(struct arena *arena, const char *text, int64_t sums[USAGE_HOURS], struct err *err)
{
    struct span rest = span_of(text), piece;
    struct err ignored;
    size_t count = 0;

    while (
        count < USAGE_HOURS && text_split(&rest, ',', &piece) &&
        text_int(arena_text(arena, piece), "sum", 0, INT64_MAX / (EIGHTHS * DAY_MIN), &sums[count], &ignored))
        count++;
    return (count == USAGE_HOURS && !rest.at) ||
           FAIL(err, ERR_CORRUPT, "the pages by the hour of a device are no %d sums", USAGE_HOURS);
}
