/* drip crowd: thousands of sockets that waste time, each cut when its deadline says so, while a good client
 * polls and two readers of 100 bytes a second go on. drip stall: what so many stalled ones cost the service.
 * drip poll: the good client alone.
 * Prints what happened; exit 0: all as it should be. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "drip/drip.h"

#define OPEN_AT_ONCE 8
#define SLOW_READERS 2
#define GOOD_EVERY_MS 20
#define BEYOND_MS 5000

struct wish {
    struct drip_target target;
    int64_t count, pid, seconds, head_s, body_s, stall_s, late_ms, good_ms;
    const char *kind;
};

static bool wish_read(struct wish *wish, int argc, char **argv)
{
    const struct {
        const char *name;
        int64_t *number;
        const char **text;
    } options[] = {
        {"--port", &wish->target.port, NULL},
        {"--plain", &wish->target.plain_port, NULL},
        {"--count", &wish->count, NULL},
        {"--pid", &wish->pid, NULL},
        {"--seconds", &wish->seconds, NULL},
        {"--head", &wish->head_s, NULL},
        {"--body", &wish->body_s, NULL},
        {"--stall", &wish->stall_s, NULL},
        {"--late-ms", &wish->late_ms, NULL},
        {"--good-ms", &wish->good_ms, NULL},
        {"--file", NULL, &wish->target.file},
        {"--poll", NULL, &wish->target.poll},
        {"--authorization", NULL, &wish->target.authorization},
        {"--kind", NULL, &wish->kind},
    };

    for (int i = 2; i + 1 < argc; i += 2) {
        size_t at = 0;

        while (at < COUNT(options) && !text_equal(options[at].name, argv[i]))
            at++;
        if (at == COUNT(options))
            return false;
        if (options[at].number)
            *options[at].number = strtoll(argv[i + 1], NULL, 10);
        else
            *options[at].text = argv[i + 1];
    }
    return argc % 2 == 0 && (wish->count > 0 || text_equal(argv[1], "poll"));
}

/* ---- the crowd -------------------------------------------------------------------------------- */

struct crowd {
    const struct wish *wish;
    struct drip_socket *sockets;
    struct pollfd *polls;
    int64_t opened, refused;
    struct drip_slow slow[SLOW_READERS];
};

static int64_t deadline_ms(const struct wish *wish, enum drip_kind kind)
{
    return 1000 * (kind == DRIP_READER ? wish->stall_s : kind == DRIP_BODY ? wish->body_s : wish->head_s);
}

/* Whether a reader takes something is looked at eight times within its limit. */
static int64_t latest_ms(const struct wish *wish, enum drip_kind kind)
{
    int64_t limit = deadline_ms(wish, kind);

    return limit + (kind == DRIP_READER ? limit / 8 : 0) + wish->late_ms;
}

static void open_some(struct crowd *crowd)
{
    for (int i = 0; i < OPEN_AT_ONCE && crowd->opened < crowd->wish->count; i++) {
        int64_t no = crowd->opened++;

        if (!drip_open(&crowd->sockets[no], &crowd->wish->target, (enum drip_kind)(no % DRIP__MAX),
                       no / DRIP__MAX % 2))
            crowd->refused++;
    }
}

static void go_round(struct crowd *crowd, int wait_ms)
{
    int64_t now_ms;

    for (int64_t i = 0; i < crowd->opened; i++)
        crowd->polls[i] = (struct pollfd){
            .fd = crowd->sockets[i].wire ? wire_fd(crowd->sockets[i].wire) : -1,
            .events = drip_events(&crowd->sockets[i]),
        };
    poll(crowd->polls, (nfds_t)crowd->opened, wait_ms);
    now_ms = clock_monotonic_ms();
    for (int64_t i = 0; i < crowd->opened; i++) {
        if (crowd->polls[i].revents)
            drip_hear(&crowd->sockets[i], now_ms);
        drip_feed(&crowd->sockets[i], now_ms);
    }
    for (int i = 0; i < SLOW_READERS; i++)
        drip_slow_read(&crowd->slow[i], now_ms);
}

static int64_t open_count(const struct crowd *crowd)
{
    int64_t open = 0;

    for (int64_t i = 0; i < crowd->opened; i++)
        open += crowd->sockets[i].wire != NULL;
    return open;
}

static int by_number(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* How long those of a kind were suffered. How many were cut too early, too late or never. */
static int64_t tell_kind(const struct crowd *crowd, enum drip_kind kind, int64_t *took)
{
    int64_t count = 0, wrong = 0, early = deadline_ms(crowd->wish, kind) - 100;
    int64_t late = latest_ms(crowd->wish, kind);

    for (int64_t i = 0; i < crowd->opened; i++) {
        const struct drip_socket *socket = &crowd->sockets[i];

        if (socket->kind != kind || !socket->closed_ms) {
            wrong += socket->kind == kind;
            continue;
        }
        took[count] = socket->closed_ms - socket->since_ms;
        wrong += took[count] < early || took[count] > late;
        count++;
    }
    if (count > 0)
        qsort(took, (size_t)count, sizeof(*took), by_number);
    printf("%-22s %5" PRId64 " cut after min %6.2f median %6.2f max %6.2f s (deadline %" PRId64
           " s), %" PRId64 " wrong\n",
           drip_name[kind], count, count ? (double)took[0] / 1e3 : 0,
           count ? (double)took[count / 2] / 1e3 : 0, count ? (double)took[count - 1] / 1e3 : 0,
           deadline_ms(crowd->wish, kind) / 1000, wrong);
    return wrong;
}

static bool tell_slow(const struct crowd *crowd, int64_t lasted_ms)
{
    bool is_cut = false;

    for (int i = 0; i < SLOW_READERS; i++) {
        const struct drip_slow *slow = &crowd->slow[i];

        printf("a reader of %" PRId64 " bytes a second, %s: %" PRId64
               " bytes in %.1f s, at a standstill for %.1f s at most, %s\n",
               slow->bytes_s, i ? "TLS" : "plain", slow->taken, (double)lasted_ms / 1e3,
               (double)slow->longest_ms / 1e3, slow->is_cut ? "CUT" : "goes on");
        is_cut |= slow->is_cut || slow->taken * 1000 < slow->bytes_s * lasted_ms / 2;
    }
    return !is_cut;
}

static bool tell_good(const struct wish *wish, const struct drip_good_figures *good)
{
    printf("the good client: %" PRId64 " polls, p50 %.2f p99 %.2f max %.2f ms, %" PRId64 " failures\n",
           good->polls, (double)good->p50_us / 1e3, (double)good->p99_us / 1e3, (double)good->max_us / 1e3,
           good->failures);
    return good->failures == 0 && good->polls > 0 && good->p99_us < wish->good_ms * 1000;
}

static bool crowd_verdict(struct crowd *crowd, struct drip_good_figures *good, int64_t lasted_ms)
{
    int64_t *took = calloc((size_t)crowd->opened, sizeof(*took)), wrong = 0;
    bool is_right;

    if (!took)
        abort();
    for (enum drip_kind kind = 0; kind < DRIP__MAX; kind++)
        wrong += tell_kind(crowd, kind, took);
    free(took);
    printf("%" PRId64 " sockets, %" PRId64 " refused, %" PRId64 " still open\n", crowd->opened,
           crowd->refused, open_count(crowd));
    is_right = tell_slow(crowd, lasted_ms);
    is_right = tell_good(crowd->wish, good) && is_right;
    return is_right && wrong == 0 && crowd->refused == 0;
}

static void sockets_end(struct drip_socket *sockets, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        wire_closep(&sockets[i].wire);
    free(sockets);
}

static void crowd_end(struct crowd *crowd)
{
    for (int i = 0; i < SLOW_READERS; i++)
        wire_closep(&crowd->slow[i].wire);
    sockets_end(crowd->sockets, crowd->opened);
    free(crowd->polls);
}

static bool run_crowd(const struct wish *wish)
{
    AUTO(crowd_end) struct crowd crowd = {.wish = wish};
    struct drip_good_figures figures;
    struct drip_good *good;
    int64_t began_ms = clock_monotonic_ms(), until_ms, last_ms = 0;

    crowd.sockets = calloc((size_t)wish->count, sizeof(*crowd.sockets));
    crowd.polls = calloc((size_t)wish->count, sizeof(*crowd.polls));
    if (!crowd.sockets || !crowd.polls)
        abort();
    for (int i = 0; i < SLOW_READERS; i++)
        if (!drip_slow_open(&crowd.slow[i], &wish->target, i, 100))
            return false;
    for (enum drip_kind kind = 0; kind < DRIP__MAX; kind++)
        last_ms = latest_ms(wish, kind) > last_ms ? latest_ms(wish, kind) : last_ms;
    good = drip_good_start(&wish->target, GOOD_EVERY_MS);
    while (crowd.opened < wish->count) {
        open_some(&crowd);
        go_round(&crowd, 0);
    }
    printf("opened within %.1f s\n", (double)(clock_monotonic_ms() - began_ms) / 1e3);
    /* Beyond the end of every deadline: the slow readers are to be seen there. */
    until_ms = clock_monotonic_ms() + last_ms + BEYOND_MS;
    while (clock_monotonic_ms() < until_ms)
        go_round(&crowd, 20);
    drip_good_stop(&good, &figures);
    return crowd_verdict(&crowd, &figures, clock_monotonic_ms() - began_ms);
}

/* ---- what stalling costs ------------------------------------------------------------------------ */

static double core_percent(const struct wish *wish)
{
    int64_t before_ns = drip_cpu_ns(wish->pid), began_us = clock_monotonic_us();

    sleep((unsigned)wish->seconds);
    return (double)(drip_cpu_ns(wish->pid) - before_ns) / (double)(clock_monotonic_us() - began_us) / 10;
}

static int64_t standing(const struct drip_socket *sockets, int64_t count, short events)
{
    int64_t open = 0;

    for (int64_t i = 0; i < count; i++) {
        struct pollfd one = {.fd = wire_fd(sockets[i].wire), .events = events};

        open += poll(&one, 1, 0) == 0;
    }
    return open;
}

static bool run_stall(const struct wish *wish)
{
    bool is_handshake = text_equal(wish->kind, "handshake");
    struct drip_socket *sockets = calloc((size_t)wish->count, sizeof(*sockets));
    double idle = core_percent(wish), stalled;
    int64_t open;

    if (!sockets)
        abort();
    for (int64_t i = 0; i < wish->count; i++)
        if (!drip_open(&sockets[i], &wish->target, is_handshake ? DRIP_HANDSHAKE : DRIP_READER, true))
            return false;
    sleep(2); /* what they set off is over */
    stalled = core_percent(wish);
    open = standing(sockets, wish->count, is_handshake ? POLLIN : 0);
    sockets_end(sockets, wish->count);
    printf("%" PRId64 " stalled %s: %.2f %% of a core over %" PRId64 " s (idle: %.2f %%), %" PRId64
           " still open\n",
           wish->count, is_handshake ? "handshakes" : "downloads", stalled, wish->seconds, idle, open);
    return stalled < 1.0 && open == wish->count;
}

/* ---- only the good one -------------------------------------------------------------------------- */

static bool run_poll(const struct wish *wish)
{
    struct drip_good *good = drip_good_start(&wish->target, GOOD_EVERY_MS);
    struct drip_good_figures figures;

    sleep((unsigned)wish->seconds);
    drip_good_stop(&good, &figures);
    return tell_good(wish, &figures);
}

static bool run(const char *how, const struct wish *wish)
{
    if (text_equal(how, "poll"))
        return run_poll(wish);
    return text_equal(how, "stall") ? run_stall(wish) : run_crowd(wish);
}

int main(int argc, char **argv)
{
    struct wish wish = {.late_ms = 2000, .good_ms = 500, .seconds = 20};
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (argc < 2 || !wish_read(&wish, argc, argv)) {
        fprintf(stderr, "see tests/scenario/deadlines.sh\n");
        return 2;
    }
    return !run(argv[1], &wish);
}
