/* malformed [--count N] [--seeds A-B | --seed N] [--trace]: N inputs from the grammar, EACH of them an episode in a
 * world of its own; --seed says one again. No answer of 500 or more, no crash, bounded memory and time: prints the
 * figures, exit 0 when they hold. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "malformed/malformed.h"
#include "support/store.h"

#define EACH 1000
#define SAID_EACH (50 * EACH)
#define ARCHIVES_PERCENT 10
#define CPU_NS_MAX 1000000000LL
/* Of the process, at its peak while an input is read, since the first world: 16 MiB of it is one scrypt. */
#define GROWTH_KIB_MAX (64 * 1024)
#define LEFT_KIB_MAX 4096 /* taken and not given back when a world is over */
#define SANITIZER_FACTOR 10
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FACTOR SANITIZER_FACTOR
#else
#define FACTOR 1
#endif

struct run {
    const struct json *openapi;
    int64_t count, first, last;
    bool is_traced;
    int log_fd; /* every line is written, for nobody */
    int64_t done, archives, unasked, statuses[6], wrong;
    int64_t slowest_ns, slowest_seed;
    int64_t base_kib, peak_kib, first_left_kib, left_kib;
    char slowest[400];
};

static int64_t cpu_ns(void)
{
    struct timespec at;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void note_peak(struct run *run)
{
    if (memory_peak_kib() > run->peak_kib)
        run->peak_kib = memory_peak_kib();
}

static void note(struct run *run, int64_t seed, int64_t no, int64_t took_ns, const char *told)
{
    if (run->is_traced)
        printf("%lld/%lld %s (%lld us)\n", (long long)seed, (long long)no, told, (long long)took_ns / 1000);
    if (took_ns <= run->slowest_ns)
        return;
    run->slowest_ns = took_ns;
    run->slowest_seed = seed;
    snprintf(run->slowest, sizeof(run->slowest), "%s", told);
}

static void ask_one(struct run *run, struct place *place, struct dice *dice, struct arena *arena,
                    int64_t seed, int64_t no)
{
    char told[400];
    struct ask ask;
    const char *wrong;
    int64_t began_ns;
    int status;

    grammar_ask(dice, arena, place, &ask);
    (void)memory_forget();
    began_ns = cpu_ns();
    status = serve_ask(place, arena, &ask, &wrong);
    note_peak(run);
    snprintf(told, sizeof(told), "%s %.200s: %d", ask.method, ask.target, status);
    note(run, seed, no, cpu_ns() - began_ns, told);
    if (status == 0)
        run->unasked++;
    else
        run->statuses[status / 100 < 6 ? status / 100 : 5]++;
    if (!wrong)
        return;
    run->wrong++;
    printf("WRONG (%s): malformed --seed %lld, input %lld: %s\n   body: %.*s\n", wrong, (long long)seed,
           (long long)no, told, (int)(ask.body.size < 300 ? ask.body.size : 300), ask.body.at);
}

static void archive_one(struct run *run, struct dice *dice, struct arena *arena, int64_t seed, int64_t no)
{
    struct archive_input input;
    char told[200];
    int64_t began_ns;

    archive_make(dice, &input);
    (void)memory_forget();
    began_ns = cpu_ns();
    archive_try(&input, arena, told, sizeof(told));
    note_peak(run);
    fd_closep(&input.fd);
    run->archives++;
    note(run, seed, no, cpu_ns() - began_ns, told);
}

static void play(struct run *run, int64_t seed)
{
    AUTO(arena_freep) struct arena *world = arena_new();
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct place *place;
    struct dice dice = dice_of((uint64_t)seed);

    log_start(LOG_DEBUG, run->log_fd);
    place = place_new(world, run->openapi);
    if (!run->base_kib) {
        (void)memory_forget();
        run->base_kib = memory_peak_kib();
    }
    for (int64_t no = 0; no < EACH && run->done < run->count; no++, run->done++) {
        arena_reset(arena);
        if (dice_chance(&dice, ARCHIVES_PERCENT))
            archive_one(run, &dice, arena, seed, no);
        else
            ask_one(run, place, &dice, arena, seed, no);
    }
}

static void episode(struct run *run, int64_t seed)
{
    play(run, seed);
    run->left_kib = memory_taken_kib();
    if (!run->first_left_kib)
        run->first_left_kib = run->left_kib;
}

/* Of a long run: is it a slope? */
static void say_so_far(const struct run *run)
{
    if (run->done % SAID_EACH || run->done >= run->count)
        return;
    printf("%lld inputs: %lld KiB grown at the peak, %lld KiB never given back, %lld wrong\n",
           (long long)run->done, (long long)(run->peak_kib - run->base_kib),
           (long long)(run->left_kib - run->first_left_kib), (long long)run->wrong);
    fflush(stdout);
}

static bool run_read(struct run *run, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        char *rest = NULL;

        if (text_equal(argv[i], "--trace")) {
            run->is_traced = true;
            continue;
        }
        if (text_equal(argv[i], "--count")) {
            run->count = strtoll(value, &rest, 10);
        } else if (text_equal(argv[i], "--seed")) {
            run->first = run->last = strtoll(value, &rest, 10);
        } else if (text_equal(argv[i], "--seeds")) {
            run->first = strtoll(value, &rest, 10);
            run->last = *rest == '-' ? strtoll(rest + 1, &rest, 10) : run->first;
        }
        if (!rest || *rest || !*value)
            return false;
        i++;
    }
    return run->count > 0;
}

static bool verdict(const struct run *run, double took_s)
{
    int64_t growth_kib = run->peak_kib - run->base_kib, left_kib = run->left_kib - run->first_left_kib;

    printf("%lld inputs in %.1f s: %lld requests (2xx %lld, 3xx %lld, 4xx %lld, 5xx %lld), %lld archives, "
           "%lld no target; %lld wrong\n",
           (long long)run->done, took_s, (long long)(run->done - run->archives - run->unasked),
           (long long)run->statuses[2], (long long)run->statuses[3], (long long)run->statuses[4],
           (long long)run->statuses[5], (long long)run->archives, (long long)run->unasked,
           (long long)run->wrong);
    printf("slowest: %.1f ms of CPU, seed %lld: %s\n", (double)run->slowest_ns / 1e6,
           (long long)run->slowest_seed, run->slowest);
    printf("memory: %.1f MiB at its peak, %.1f MiB of it since the first world; %lld KiB never given back\n",
           (double)run->peak_kib / 1024, (double)growth_kib / 1024, (long long)left_kib);
    return run->wrong == 0 && run->statuses[2] > 0 && run->slowest_ns < CPU_NS_MAX * FACTOR &&
           growth_kib < GROWTH_KIB_MAX * FACTOR && left_kib < LEFT_KIB_MAX;
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct run run = {.count = getenv("NIGHTSHIFT_LONG") ? 1000000 : 20000, .first = 1, .last = INT64_MAX};
    const struct embedded *file = embedded_files;
    struct timespec began, ended;
    struct err err = {0};

    if (!run_read(&run, argc, argv)) {
        fprintf(stderr, "malformed [--count N] [--seeds A-B | --seed N] [--trace]\n");
        return 2;
    }
    support_memory_dir(); /* a commit that waits for a disk would make this a test of the disk */
    run.log_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    while (file->name && !text_equal(file->name, "openapi.json"))
        file++;
    if (!file->name || !json_parse(arena, span_make(file->at, file->size), &run.openapi, &err))
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int64_t seed = run.first; seed <= run.last && run.done < run.count; seed++) {
        episode(&run, seed);
        say_so_far(&run);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    return !verdict(&run,
                    (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
}
