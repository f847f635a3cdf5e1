#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "store/check.h"

static void say_progress(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    if (isatty(STDERR_FILENO) || done == total)
        fprintf(stderr, "\rblobs read: %" PRId64 " of %" PRId64 "%s", done, total, done == total ? "\n" : "");
}

int check_run(const char *dir)
{
    struct store_options options = {.dir = dir, .is_read_only = true};
    struct store_check_progress progress = {.say = say_progress};
    AUTO(store_closep) struct store *store = NULL;
    struct store_check_report r = {0};
    struct err err = {0};

    if (!store_open(&store, &options, &err) || !store_check(store, &progress, &r, &err)) {
        fprintf(stderr, "nightshiftd: %s\n", err.text);
        return 1;
    }
    printf("database problems %" PRId64 "\nblobs named %" PRId64 " missing %" PRId64 " wrong %" PRId64
           "\nblobs there %" PRId64 " bytes %" PRId64 " orphans %" PRId64 "\n",
           r.problems, r.needed, r.missing, r.wrong, r.blobs, r.bytes, r.orphans);
    if (store_check_is_sound(&r)) {
        puts("sound");
        return 0;
    }
    printf("damaged: %s\nnext: stop the service and bring back the last backup of %s\n", r.first, dir);
    return 1;
}
