/* Every call by which SQLite changes a file fails, one after the other, once or from then on, in three ways: what was
 * acknowledged is there, nothing is there by halves, and the next start finds a sound folder. Each nth only, or every
 * one with NIGHTSHIFT_LONG=1. */
#include <stdio.h>
#include <stdlib.h>

#include "store/audits.h"
#include "store/check.h"
#include "store/stop.h"
#include "store/store.h"
#include "support/store.h"
#include "support/unit.h"
#include "support/vfs.h"

#define PAIR 2
#define POINTS_MAX 5000

struct totals {
    int points, refused, durable_errors;
};

static void pass_by(const char *what)
{
    (void)what;
}

/* A start, two rows, an end with all that is written then. */
static bool work(const char *dir, int64_t tenant)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    AUTO(store_closep) struct store *store = NULL;
    struct err err;

    return store_open(&store, &options, &err) && support_put_pair(store, tenant, &err);
}

static size_t count_of(struct unit *unit, struct store *store, int64_t tenant)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct audit *all;
    size_t count = 0;

    MUST(store_audit_list(store, arena, tenant, 0, 10, &all, &count, &unit->err));
    return count;
}

/* The next start, on a disk that works. */
static void look(struct unit *unit, const char *dir, int64_t tenant, bool said_yes, struct totals *totals)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1, .is_glanced_over = true};
    AUTO(store_closep) struct store *store = NULL;
    struct store_check_report report;
    size_t there;

    MUST(store_open(&store, &options, &unit->err));
    there = count_of(unit, store, tenant);
    assert_true(there == PAIR || (there == 0 && !said_yes));
    totals->refused += !said_yes;
    totals->durable_errors += !said_yes && there == PAIR;
    MUST(support_put_pair(store, tenant, &unit->err));
    MUST(store_check(store, NULL, &report, &unit->err));
    assert_true(store_check_is_sound(&report));
}

/* `dir` NULL: a new folder each time. */
static void walk(struct unit *unit, const char *dir, int step, enum vfs_fault fault, bool is_lasting,
                 struct totals *totals)
{
    static int64_t tenant;
    bool has_fired = true;

    for (int nth = 1; has_fired && nth < POINTS_MAX; nth += step) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        const char *where = dir ? dir : support_dir(arena);

        vfs_arm(fault, nth, is_lasting);
        bool said_yes = work(where, ++tenant);
        has_fired = vfs_fired();
        vfs_arm(VFS_NONE, 0, false);
        totals->points += has_fired;
        look(unit, where, tenant, said_yes, totals);
    }
    assert_false(has_fired);
}

static void walk_all(struct unit *unit, const char *dir, int step, const char *what)
{
    struct totals totals = {0};

    for (enum vfs_fault fault = VFS_IOERR; fault <= VFS_TORN; fault++)
        for (int is_lasting = 0; is_lasting < 2; is_lasting++)
            walk(unit, dir, getenv("NIGHTSHIFT_LONG") ? 1 : step, fault, is_lasting, &totals);
    printf("%s: %d points, %d refused, %d of them durable all the same\n", what, totals.points,
           totals.refused, totals.durable_errors);
    assert_true(totals.points > 0);
}

UNIT(a_folder_that_is_used_keeps_what_was_acknowledged_wherever_its_disk_fails)
{
    char *dir = support_dir(unit->arena);

    assert_true(work(dir, 1000000));
    walk_all(unit, dir, 4, "an old folder");
}

UNIT(a_folder_that_is_made_is_whole_at_the_next_start_wherever_its_disk_fails)
{
    walk_all(unit, NULL, 307, "a new folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_folder_that_is_used_keeps_what_was_acknowledged_wherever_its_disk_fails),
        UNIT_TEST(a_folder_that_is_made_is_whole_at_the_next_start_wherever_its_disk_fails),
    };

    support_memory_dir();
    store_stop_hook(pass_by);
    vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
