#include <pthread.h>

#include "base/file.h"
#include "store/blob.h"
#include "support/blobs.h"
#include "support/store.h"
#include "support/unit.h"

/* SHA-256 of "abc", FIPS 180-2 appendix B.1. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct blobs *open_blobs(struct unit *unit, const char *dir)
{
    struct blobs *blobs = NULL;

    MUST(blobs_open(&blobs, dir, &unit->err));
    return blobs;
}

static char *path_of(struct unit *unit, const char *dir, const char *id)
{
    return arena_printf(unit->arena, "%s/%.2s/%s", dir, id, id);
}

static bool count_one(void *ctx, const char *id, int64_t size, struct err *err)
{
    (void)id, (void)size, (void)err;
    ++*(int *)ctx;
    return true;
}

static int count_of(struct unit *unit, struct blobs *blobs)
{
    int count = 0;

    MUST(blob_each(blobs, count_one, &count, &unit->err));
    return count;
}

UNIT(a_blob_is_named_by_its_bytes_and_reads_back)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    const struct blob_map *map = NULL;
    struct blob_hashes hashes;

    MUST(blob_put(blobs, span_of("abc"), &hashes, &unit->err));
    assert_string_equal(hashes.sha256, ABC);
    assert_string_equal(hashes.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_string_equal(hashes.md5, "900150983cd24fb0d6963f7d28e17f72");
    assert_int_equal(hashes.size, 3);
    MUST(blob_map(blobs, ABC, &map, &unit->err));
    assert_int_equal(map->size, 3);
    assert_memory_equal(map->at, "abc", 3);
    assert_true(map->modified_ms > 1600000000000LL);
    blob_unmap((void *)(uintptr_t)map);
}

UNIT(pieces_make_the_same_blob_as_the_whole)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    AUTO(blob_dropp) struct blob_writer *writer = NULL;
    struct blob_hashes whole, pieces;

    MUST(blob_put(blobs, span_of("abc"), &whole, &unit->err));
    MUST(blob_begin_summed(blobs, &writer, &unit->err));
    for (int i = 0; i < 3; i++)
        MUST(blob_add(writer, span_make(&"abc"[i], 1), &unit->err));
    MUST(blob_finish(&writer, &pieces, &unit->err));
    assert_null(writer);
    assert_memory_equal(&whole, &pieces, sizeof(whole));
    assert_int_equal(count_of(unit, blobs), 1);
}

UNIT(what_nobody_asks_for_is_not_summed_up)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    AUTO(blob_dropp) struct blob_writer *writer = NULL;
    struct blob_hashes hashes;

    MUST(blob_begin(blobs, &writer, &unit->err));
    MUST(blob_add(writer, span_of("abc"), &unit->err));
    MUST(blob_finish(&writer, &hashes, &unit->err));
    assert_string_equal(hashes.sha256, ABC);
    assert_string_equal(hashes.sha1, "");
    assert_string_equal(hashes.md5, "");
    assert_int_equal(hashes.size, 3);
}

UNIT(an_empty_blob_is_a_blob)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    const struct blob_map *map = NULL;
    struct blob_hashes hashes;

    MUST(blob_put(blobs, span_of(""), &hashes, &unit->err));
    MUST(blob_map(blobs, hashes.sha256, &map, &unit->err));
    assert_int_equal(map->size, 0);
    assert_non_null(map->at);
    blob_unmap((void *)(uintptr_t)map);
}

UNIT(an_abandoned_blob_leaves_nothing)
{
    char *dir = support_dir(unit->arena);
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, dir);

    {
        AUTO(blob_dropp) struct blob_writer *writer = NULL;

        MUST(blob_begin(blobs, &writer, &unit->err));
        MUST(blob_add(writer, span_of("half"), &unit->err));
        assert_int_equal(blobs_temporaries(unit->arena, dir), 1);
    }
    assert_int_equal(blobs_temporaries(unit->arena, dir), 0);
    assert_int_equal(count_of(unit, blobs), 0);
}

UNIT(opening_removes_what_a_crash_left_and_keeps_blobs)
{
    char *dir = support_dir(unit->arena);
    struct blobs *blobs = open_blobs(unit, dir);
    struct blob_hashes hashes;
    char *left = arena_printf(unit->arena, "%s/tmp/AbCdEf", dir);

    MUST(blob_put(blobs, span_of("abc"), &hashes, &unit->err));
    MUST(file_write_whole(left, span_of("half"), 0600, &unit->err));
    blobs_closep(&blobs);
    blobs = open_blobs(unit, dir);
    assert_false(file_exists(left));
    assert_true(blob_exists(blobs, ABC));
    blobs_closep(&blobs);
}

UNIT(names_that_are_no_blobs_are_refused)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    static const char *const names[] = {"", "abc", "../../../../etc/passwd", ABC "0", NULL};
    const struct blob_map *map = NULL;
    int64_t size;

    for (size_t i = 0; i < COUNT(names); i++) {
        REFUSES(ERR_NOT_FOUND, blob_map(blobs, names[i], &map, &unit->err));
        REFUSES(ERR_NOT_FOUND, blob_size(blobs, names[i], &size, &unit->err));
        REFUSES(ERR_NOT_FOUND, blob_remove(blobs, names[i], &unit->err));
        assert_false(blob_exists(blobs, names[i]));
    }
    REFUSES(ERR_NOT_FOUND, blob_map(blobs, ABC, &map, &unit->err));
    REFUSES(ERR_NOT_FOUND, blob_verify(blobs, ABC, &unit->err));
    assert_null(map);
}

UNIT(readers_share_a_mapping_that_outlives_the_name)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    const struct blob_map *first = NULL, *second = NULL;
    struct blob_hashes hashes;

    MUST(blob_put(blobs, span_of("abc"), &hashes, &unit->err));
    MUST(blob_map(blobs, ABC, &first, &unit->err));
    MUST(blob_map(blobs, ABC, &second, &unit->err));
    assert_ptr_equal(first, second);
    blob_unmap((void *)(uintptr_t)first);
    MUST(blob_remove(blobs, ABC, &unit->err));
    assert_false(blob_exists(blobs, ABC));
    assert_memory_equal(second->at, "abc", 3);
    blob_unmap((void *)(uintptr_t)second);
    REFUSES(ERR_NOT_FOUND, blob_map(blobs, ABC, &first, &unit->err));
}

UNIT(a_blob_whose_bytes_changed_is_corrupt_and_healed_by_putting_it_again)
{
    char *dir = support_dir(unit->arena);
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, dir);
    struct blob_hashes hashes;

    MUST(blob_put(blobs, span_of("abc"), &hashes, &unit->err));
    MUST(blob_verify(blobs, ABC, &unit->err));
    MUST(file_write_whole(path_of(unit, dir, ABC), span_of("abd"), 0600, &unit->err));
    REFUSES(ERR_CORRUPT, blob_verify(blobs, ABC, &unit->err));
    MUST(blob_put(blobs, span_of("abc"), &hashes, &unit->err));
    MUST(blob_verify(blobs, ABC, &unit->err));
}

struct putter {
    struct blobs *blobs;
    bool is_ok;
    struct err err;
};

static void *put_and_map(void *at)
{
    struct putter *putter = at;
    char *bytes = calloc(1, 300000);
    const struct blob_map *map;
    struct blob_hashes hashes;

    putter->is_ok = true;
    for (int i = 0; i < 50 && putter->is_ok; i++) {
        putter->is_ok = blob_put(putter->blobs, span_make(bytes, 300000), &hashes, &putter->err) &&
                        blob_map(putter->blobs, hashes.sha256, &map, &putter->err);
        if (!putter->is_ok)
            break;
        putter->is_ok = map->size == 300000 && memcmp(map->at, bytes, 300000) == 0;
        blob_unmap((void *)(uintptr_t)map);
    }
    free(bytes);
    return NULL;
}

UNIT(the_same_bytes_from_many_threads_are_one_whole_blob)
{
    AUTO(blobs_closep) struct blobs *blobs = open_blobs(unit, support_dir(unit->arena));
    struct putter putters[8];
    pthread_t threads[8];

    for (int i = 0; i < 8; i++) {
        putters[i] = (struct putter){.blobs = blobs};
        assert_int_equal(pthread_create(&threads[i], NULL, put_and_map, &putters[i]), 0);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 8; i++)
        assert_true(putters[i].is_ok);
    assert_int_equal(count_of(unit, blobs), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_blob_is_named_by_its_bytes_and_reads_back),
        UNIT_TEST(pieces_make_the_same_blob_as_the_whole),
        UNIT_TEST(what_nobody_asks_for_is_not_summed_up),
        UNIT_TEST(an_empty_blob_is_a_blob),
        UNIT_TEST(an_abandoned_blob_leaves_nothing),
        UNIT_TEST(opening_removes_what_a_crash_left_and_keeps_blobs),
        UNIT_TEST(names_that_are_no_blobs_are_refused),
        UNIT_TEST(readers_share_a_mapping_that_outlives_the_name),
        UNIT_TEST(a_blob_whose_bytes_changed_is_corrupt_and_healed_by_putting_it_again),
        UNIT_TEST(the_same_bytes_from_many_threads_are_one_whole_blob),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
