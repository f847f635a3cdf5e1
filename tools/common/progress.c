#include "tools/common/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define REDRAW_MS 100
#define PLAIN_MS 5000
#define BAR_MAX 30
#define RATE_AFTER_MS 500 /* a rate of the first blink is a guess */

static size_t columns_of(int fd)
{
    struct winsize size;

    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void progress_begin(struct progress *progress, const char *what, int64_t already, int64_t total)
{
    int64_t now_ms = clock_monotonic_ms();

    *progress = (struct progress){.what = what,
                                  .fd = STDERR_FILENO,
                                  .is_terminal = isatty(STDERR_FILENO),
                                  .already = already,
                                  .started_ms = now_ms,
                                  .said_ms = now_ms,
                                  .done = already,
                                  .total = total};
}

static int64_t rate_of(const struct progress *progress, int64_t now_ms)
{
    int64_t took_ms = now_ms - progress->started_ms;

    return took_ms < RATE_AFTER_MS ? 0 : (progress->done - progress->already) * 1000 / took_ms;
}

static void add_bar(struct buf *line, int64_t done, int64_t total, size_t width)
{
    size_t full = total > 0 ? (size_t)((double)done / (double)total * (double)width) : 0;

    buf_text(line, " [");
    for (size_t i = 0; i < width; i++)
        buf_char(line, i < full ? '#' : '.');
    buf_char(line, ']');
}

static const char *amount(struct arena *arena, const struct progress *progress, int64_t n)
{
    return progress->of ? arena_printf(arena, "%" PRId64, n) : text_bytes(arena, n);
}

static void add_figures(struct arena *arena, struct buf *line, const struct progress *progress,
                        int64_t now_ms)
{
    int64_t rate = rate_of(progress, now_ms);

    if (progress->total > 0)
        buf_printf(line, " %3d %%  %s of %s", (int)((double)progress->done * 100 / (double)progress->total),
                   amount(arena, progress, progress->done), amount(arena, progress, progress->total));
    else
        buf_printf(line, " %s", amount(arena, progress, progress->done));
    if (progress->of)
        buf_printf(line, " %s", progress->of);
    if (rate > 0) {
        buf_printf(line, "  %s/s", amount(arena, progress, rate));
        if (progress->total > progress->done)
            buf_printf(line, "  %s left",
                       text_duration(arena, (progress->total - progress->done) * 1000 / rate));
    }
}

char *progress_line(struct arena *arena, const struct progress *progress, int64_t now_ms, size_t columns)
{
    struct buf figures = {.arena = arena}, line = {.arena = arena};
    size_t used;

    add_figures(arena, &figures, progress, now_ms);
    buf_text(&line, progress->what);
    used = line.size + figures.size + 4;
    if (progress->total > 0 && columns > used + 4)
        add_bar(&line, progress->done, progress->total, columns - used < BAR_MAX ? columns - used : BAR_MAX);
    buf_add(&line, buf_span(&figures));
    if (columns && line.size > columns)
        line.at[columns] = '\0';
    return arena_dup(arena, buf_cstr(&line));
}

static void say(struct progress *progress, int64_t now_ms)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    size_t columns = progress->is_terminal ? columns_of(progress->fd) - 1 : 0;
    const char *line = progress_line(arena, progress, now_ms, columns);

    progress->said_ms = now_ms;
    if (progress->is_terminal)
        dprintf(progress->fd, "\r%s\033[K", line);
    else
        dprintf(progress->fd, "%s\n", line);
}

void progress_tell(void *ctx, int64_t done, int64_t total)
{
    struct progress *progress = ctx;
    int64_t now_ms = clock_monotonic_ms();

    progress->done = done;
    progress->total = total;
    if (!progress->is_quiet && now_ms - progress->said_ms >= (progress->is_terminal ? REDRAW_MS : PLAIN_MS))
        say(progress, now_ms);
}

void progress_end(struct progress *progress)
{
    if (progress->is_quiet)
        return;
    say(progress, clock_monotonic_ms());
    if (progress->is_terminal)
        dprintf(progress->fd, "\n");
}
