/* sim: one seed, or a range of them, by some processes. See README.md. */
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/log.h"
#include "base/text.h"
#include "sim/run.h"
#include "sim/service.h"

static const char usage[] =
    "Usage: sim [--seed N | --seeds FROM-TO] [--story] [--twice] [--jobs N]\n"
    "\n"
    "Plays invented nights of an invented fleet against the real rollout engine.\n"
    "\n"
    "  --seed N         one seed\n"
    "  --seeds FROM-TO  a range, both included (default 1-60; with NIGHTSHIFT_LONG=1 1-10000)\n"
    "  --story          says every step\n"
    "  --twice          plays each seed twice, and the stories must be the same\n"
    "  --jobs N         processes (default: one a core)\n"
    "\n"
    "Exit 0: all invariants held. 1: one did not; the command that replays it is said.\n";

struct options {
    int64_t from, to, jobs;
    bool tells, is_twice;
    const char *self;
};

struct sum {
    int64_t seeds, steps, actions, crashes, halts, bricks;
};

/* ---- scratch ------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

/* In memory where the machine has such a place. */
static bool scratch_make(char *room, size_t size)
{
    const char *parent = getenv("TMPDIR");

    snprintf(room, size, "%s/nightshift-sim.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm"
             : parent                      ? parent
                                           : "/tmp");
    return mkdtemp(room) != NULL;
}

/* ---- a range ---------------------------------------------------------------------------------- */

static void say_broken(const struct options *o, uint64_t seed, const struct run *run)
{
    printf("caught: seed %" PRIu64 ", the %" PRId64 "th of these, step %" PRId64 ": %s\n"
           "replay: %s --seed %" PRIu64 " --story\n",
           seed, (int64_t)seed - o->from + 1, run->broken_step, run->broken, o->self, seed);
}

static bool play_one(const struct options *o, uint64_t seed, const char *dir, struct clocks *clocks,
                     struct sum *sum)
{
    struct run run, again;

    run_seed(seed, dir, clocks, o->tells, &run);
    sum->seeds++;
    sum->steps += run.steps;
    sum->actions += run.actions;
    sum->crashes += run.crashes;
    sum->halts += run.halts;
    sum->bricks += run.bricks;
    if (*run.broken) {
        say_broken(o, seed, &run);
        return false;
    }
    if (!o->is_twice)
        return true;
    run_seed(seed, dir, clocks, false, &again);
    if (again.digest == run.digest && again.steps == run.steps)
        return true;
    snprintf(run.broken, sizeof(run.broken), "one_story_a_seed: another one the second time");
    say_broken(o, seed, &run);
    return false;
}

/* Every jobs-th seed, so that all processes end at about the same time. */
static bool play_share(const struct options *o, int64_t share, int out_fd)
{
    AUTO(clocks_freep) struct clocks *clocks = clocks_new();
    struct sum sum = {0};
    char dir[200];
    bool is_whole = true;

    if (!scratch_make(dir, sizeof(dir))) {
        perror(dir);
        return false;
    }
    service_template(dir);
    for (int64_t seed = o->from + share; seed <= o->to && is_whole; seed += o->jobs)
        is_whole = play_one(o, (uint64_t)seed, dir, clocks, &sum);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return write(out_fd, &sum, sizeof(sum)) == sizeof(sum) && is_whole;
}

static bool play_all(const struct options *o, struct sum *sum)
{
    bool is_whole = true;
    int ends[2];

    if (pipe(ends) != 0)
        return false;
    fflush(stdout);
    for (int64_t i = 0; i < o->jobs; i++)
        if (fork() == 0)
            exit(play_share(o, i, ends[1]) ? 0 : 1);
    for (int64_t i = 0; i < o->jobs; i++) {
        struct sum one;
        int status = 1;

        if (wait(&status) < 0 || status != 0)
            is_whole = false;
        if (WIFEXITED(status) && read(ends[0], &one, sizeof(one)) == sizeof(one)) {
            sum->seeds += one.seeds;
            sum->steps += one.steps;
            sum->actions += one.actions;
            sum->crashes += one.crashes;
            sum->halts += one.halts;
            sum->bricks += one.bricks;
        }
    }
    return is_whole;
}

/* ---- the command ----------------------------------------------------------------------------------- */

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {{"seed", 1, NULL, 's'},  {"seeds", 1, NULL, 'S'},
                                          {"story", 0, NULL, 't'}, {"twice", 0, NULL, '2'},
                                          {"jobs", 1, NULL, 'j'},  {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            o->to = o->from = atoll(optarg);
        else if (c == 'S' && sscanf(optarg, "%" SCNd64 "-%" SCNd64, &o->from, &o->to) != 2)
            return false;
        else if (c == 'j')
            o->jobs = atoll(optarg);
        else if (c == '?')
            return false;
        o->tells |= c == 't';
        o->is_twice |= c == '2';
    }
    o->jobs = o->jobs < o->to - o->from + 1 ? o->jobs : o->to - o->from + 1;
    return optind == argc && o->from > 0 && o->to >= o->from && o->jobs > 0 && o->jobs <= 64;
}

int main(int argc, char **argv)
{
    struct options o = {.from = 1, .to = 60, .jobs = sysconf(_SC_NPROCESSORS_ONLN), .self = argv[0]};
    struct timespec begun, ended;
    struct sum sum = {0};
    bool is_whole;

    if (text_equal(getenv("NIGHTSHIFT_LONG"), "1"))
        o.to = 10000;
    if (!options_read(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    ident_start();
    log_start(LOG_ERROR, 2);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    is_whole = play_all(&o, &sum);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%" PRId64 " seeds: %" PRId64 " steps, %" PRId64 " actions, %" PRId64 " crashes, %" PRId64
           " halts, %" PRId64 " bricked; %s, %.1f s\n",
           sum.seeds, sum.steps, sum.actions, sum.crashes, sum.halts, sum.bricks,
           is_whole ? "all invariants held" : "an invariant broke",
           (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    return is_whole ? 0 : 1;
}
