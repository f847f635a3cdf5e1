/* The process may open no more files, or one, or two, until there are enough: what needs one more is done or refused as
 * busy, nothing stops, nothing is there by halves, and with files again it works. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/zone.h"
#include "store/audits.h"
#include "store/blob.h"
#include "store/stop.h"
#include "support/blobs.h"
#include "support/store.h"
#include "support/tus.h"

#define LEFT_MAX 16 /* more than any of these opens at once */
#define SEPTEMBER_MS 1790000000000

static struct rlimit before;
static int stops;

static void count_stop(const char *what)
{
    (void)what;
    stops++;
}

/* What is open beyond a limit stays open, and numbers below it that nobody has can be had. */
static void leave(int files)
{
    struct rlimit limit = before;

    for (limit.rlim_cur = 0; files >= 0; limit.rlim_cur++)
        files -= fcntl((int)limit.rlim_cur, F_GETFD) < 0;
    limit.rlim_cur--;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void leave_enough(void)
{
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* The least that suffices: below it all was refused, from it on all was done. */
static void note(bool said_yes, int left, int *enough, const struct err *err)
{
    if (said_yes && *enough < 0)
        *enough = left;
    assert_int_equal(said_yes, *enough >= 0);
    if (!said_yes)
        assert_string_equal(err_word(err->code), "busy");
}

UNIT(a_blob_is_put_whole_or_not_at_all_and_nothing_stops)
{
    char *dir = support_dir(unit->arena);
    AUTO(blobs_closep) struct blobs *blobs = NULL;
    int enough = -1;

    MUST(blobs_open(&blobs, dir, &unit->err));
    for (int left = 0; left < LEFT_MAX; left++) {
        struct span bytes = span_of(arena_printf(unit->arena, "with %d left", left));
        struct blob_hashes hashes = {.size = -1};

        leave(left);
        bool said_yes = blob_put(blobs, bytes, &hashes, &unit->err);
        leave_enough();
        note(said_yes, left, &enough, &unit->err);
        assert_int_equal(blobs_temporaries(unit->arena, dir), 0);
        MUST(blob_put(blobs, bytes, &hashes, &unit->err));
        MUST(blob_verify(blobs, hashes.sha256, &unit->err));
    }
    assert_int_equal(enough, 2); /* the file, its folder */
    assert_int_equal(stops, 0);
}

UNIT(a_file_is_the_old_one_or_the_new_one)
{
    const char *path = arena_printf(unit->arena, "%s/file", support_dir(unit->arena));
    int enough = -1;

    MUST(file_write_whole(path, span_of("old"), 0600, &unit->err));
    for (int left = 0; left < LEFT_MAX; left++) {
        struct span bytes = span_of("");

        leave(left);
        bool said_yes = file_write_whole(path, span_of("new"), 0600, &unit->err);
        leave_enough();
        note(said_yes, left, &enough, &unit->err);
        MUST(file_read(unit->arena, path, 10, &bytes, &unit->err));
        assert_memory_equal(bytes.at, said_yes ? "new" : "old", 3);
    }
    assert_int_equal(enough, 2);
}

static bool count_rows(struct store *store, int64_t tenant, size_t *count, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct audit *all;

    return store_audit_list(store, arena, tenant, 0, 10, &all, count, err);
}

UNIT(the_store_refuses_to_read_and_says_yes_to_what_it_wrote)
{
    for (int left = 0, enough = -1; left < LEFT_MAX && enough < 0; left++) {
        struct store *store = support_store(unit->arena, NULL);
        size_t count = 0;

        leave(left);
        bool is_written = support_put_pair(store, 1, &unit->err);
        bool is_read = count_rows(store, 1, &count, &unit->err);
        leave_enough();
        note(is_read, left, &enough, &unit->err);
        MUST(count_rows(store, 1, &count, &unit->err));
        assert_int_equal(count, is_written ? 2 : 0);
        MUST(support_put_pair(store, 1, &unit->err));
    }
    assert_int_equal(stops, 0);
}

UNIT(a_chunk_is_taken_whole_or_refused_with_503_and_a_time)
{
    int status = 0;

    for (int left = 0; left < LEFT_MAX && status != 204; left++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct ops *ops = ops_world(arena);
        const char *path = made(ops, 11);

        leave(left);
        struct answer answer = patch(ops, path, 0, "hello world");
        leave_enough();
        status = answer.status;
        assert_true(status == 204 || status == 503);
        if (status == 503)
            assert_non_null(support_header(&answer, "Retry-After"));
        assert_int_equal(offset_of(ops, path), status == 204 ? 11 : 0);
        assert_true(status == 503 || left > 0);
    }
    assert_int_equal(status, 204);
    assert_int_equal(stops, 0);
}

/* A zone that could not be read is never taken for UTC, not then and not later. */
UNIT(a_zone_has_its_own_time_or_none)
{
    static const struct {
        const char *zone;
        int hours;
    } zones[] = {{"Europe/Berlin", 2}, {"Asia/Tokyo", 9}, {"America/New_York", -4}, {"Europe/Athens", 3}};

    for (size_t i = 0; i < COUNT(zones); i++) { /* the first one before the table of names has been read */
        int64_t offset = 0;

        leave(0);
        assert_false(zone_offset_s(zones[i].zone, SEPTEMBER_MS, &offset, &unit->err));
        leave_enough();
        MUST(zone_offset_s(zones[i].zone, SEPTEMBER_MS, &offset, &unit->err));
        assert_int_equal(offset, zones[i].hours * 3600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_zone_has_its_own_time_or_none),
        UNIT_TEST(a_blob_is_put_whole_or_not_at_all_and_nothing_stops),
        UNIT_TEST(a_file_is_the_old_one_or_the_new_one),
        UNIT_TEST(the_store_refuses_to_read_and_says_yes_to_what_it_wrote),
        UNIT_TEST(a_chunk_is_taken_whole_or_refused_with_503_and_a_time),
    };

    if (getrlimit(RLIMIT_NOFILE, &before) != 0)
        return 1;
    log_start(LOG_ERROR, STDERR_FILENO);
    store_stop_hook(count_stop);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
