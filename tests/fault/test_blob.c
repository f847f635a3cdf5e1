#include <stdio.h>

#include "base/fault.h"
#include "store/blob.h"
#include "store/stop.h"
#include "support/blobs.h"
#include "support/store.h"
#include "support/unit.h"

#ifdef FAULTS

static int stops;

static void count_stop(const char *what)
{
    (void)what;
    stops++;
}

/* Fails the first thing, then the second, until a put reaches no fault any more. */
UNIT(a_put_says_yes_only_when_the_blob_is_whole_and_leaves_no_temporary)
{
    char *dir = support_dir(unit->arena);
    AUTO(blobs_closep) struct blobs *blobs = NULL;
    int nth = 0, refusals = 0;

    store_stop_hook(count_stop);
    MUST(blobs_open(&blobs, dir, &unit->err));
    do {
        char *bytes = arena_printf(unit->arena, "settings of night %d", nth);
        struct blob_hashes hashes = {.size = -1};

        fault_arm(++nth);
        bool said_yes = blob_put(blobs, span_of(bytes), &hashes, &unit->err);
        bool has_fired = fault_fired();
        fault_arm(0);
        assert_int_equal(said_yes, !has_fired);
        assert_int_equal(blobs_temporaries(unit->arena, dir), 0);
        if (said_yes)
            MUST(blob_verify(blobs, hashes.sha256, &unit->err));
        else
            assert_int_equal(hashes.size, -1);
        /* Asked again, as its client will, it works. */
        MUST(blob_put(blobs, span_of(bytes), &hashes, &unit->err));
        MUST(blob_verify(blobs, hashes.sha256, &unit->err));
        refusals += !said_yes;
        if (!has_fired)
            break;
    } while (nth < 1000);
    assert_in_range(refusals, 4, 999);
    /* The file's fsync and the folder's. */
    assert_int_equal(stops, 2);
    store_stop_hook(NULL);
}

UNIT(a_map_or_a_check_that_fails_says_so_and_can_be_asked_again)
{
    AUTO(blobs_closep) struct blobs *blobs = NULL;
    const struct blob_map *map = NULL;
    struct blob_hashes hashes;

    MUST(blobs_open(&blobs, support_dir(unit->arena), &unit->err));
    MUST(blob_put(blobs, span_of("abc"), &hashes, &unit->err));
    fault_arm(1);
    REFUSES(ERR_IO, blob_map(blobs, hashes.sha256, &map, &unit->err));
    fault_arm(1);
    REFUSES(ERR_IO, blob_verify(blobs, hashes.sha256, &unit->err));
    fault_arm(0);
    assert_null(map);
    MUST(blob_map(blobs, hashes.sha256, &map, &unit->err));
    assert_memory_equal(map->at, "abc", 3);
    blob_unmap((void *)(uintptr_t)map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_put_says_yes_only_when_the_blob_is_whole_and_leaves_no_temporary),
        UNIT_TEST(a_map_or_a_check_that_fails_says_so_and_can_be_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    return 0;
}

#endif
