/* What becomes of uploads: their end, the sweep, restarts, locks, quotas. */
#include "support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/upload.h"
#include "store/uploads.h"
#include "support/tus.h"

UNIT(a_terminated_upload_is_gone_with_its_file)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5), *never = made(ops, 5);

    assert_int_equal(patch(ops, path, 0, "hel").status, 204);
    assert_true(file_exists(file_of(ops, path)));
    assert_int_equal(support_ask(&ops->s, "DELETE", path, TUS, NULL).status, 204);
    assert_false(file_exists(file_of(ops, path)));
    assert_int_equal(head(ops, path).status, 404);
    assert_int_equal(support_ask(&ops->s, "DELETE", path, TUS, NULL).status, 404);
    assert_int_equal(support_ask(&ops->s, "DELETE", never, TUS, NULL).status, 204);
}

UNIT(an_expired_upload_is_410_and_then_swept)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5), *other;

    assert_int_equal(patch(ops, path, 0, "hel").status, 204);
    ops->s.now_ms += ops->s.settings.upload_expiry_h * 3600 * 1000;
    other = made(ops, 5);
    assert_int_equal(head(ops, path).status, 410);
    assert_int_equal(patch(ops, path, 3, "lo").status, 410);
    MUST(upload_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(head(ops, path).status, 404);
    assert_false(file_exists(file_of(ops, path)));
    assert_int_equal(head(ops, other).status, 200);
}

UNIT(every_chunk_prolongs_the_upload)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);
    int64_t life_ms = ops->s.settings.upload_expiry_h * 3600 * 1000;

    ops->s.now_ms += life_ms - 1000;
    assert_int_equal(patch(ops, path, 0, "hel").status, 204);
    ops->s.now_ms += life_ms - 1000;
    assert_int_equal(patch(ops, path, 3, "lo").status, 204);
}

UNIT(a_file_without_a_row_is_swept_and_nothing_else)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);
    const char *orphan = arena_printf(unit->arena, "%s/uploads/%032d", ops->s.dir, 7);
    const char *other = arena_printf(unit->arena, "%s/uploads/notes.txt", ops->s.dir);

    assert_int_equal(patch(ops, path, 0, "hel").status, 204);
    MUST(file_write_whole(orphan, span_of("x"), 0600, &unit->err));
    MUST(file_write_whole(other, span_of("x"), 0600, &unit->err));
    MUST(upload_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_false(file_exists(orphan));
    assert_true(file_exists(other));
    assert_int_equal(offset_of(ops, path), 3);
}

UNIT(an_upload_goes_on_after_a_restart)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 11);

    assert_int_equal(patch(ops, path, 0, "hello ").status, 204);
    ops_reopen(ops);
    assert_int_equal(offset_of(ops, path), 6);
    assert_int_equal(patch(ops, path, 6, "world").status, 204);
}

UNIT(bytes_beyond_the_acknowledged_offset_never_happened)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 11);
    struct span bytes;

    assert_int_equal(patch(ops, path, 0, "hello ").status, 204);
    /* A crash left more in the file than the row vouches for. */
    MUST(file_write_whole(file_of(ops, path), span_of("hello garbage"), 0600, &unit->err));
    assert_int_equal(offset_of(ops, path), 6);
    assert_int_equal(patch(ops, path, 6, "world").status, 204);
    MUST(file_read(unit->arena, file_of(ops, path), 100, &bytes, &unit->err));
    assert_string_equal(bytes.at, "hello world");
}

UNIT(a_long_chunk_is_acknowledged_every_eight_mebibytes)
{
    struct ops *ops = ops_world(unit->arena);
    size_t size = UPLOAD_CHECKPOINT_BYTES + 3 * 1024 * 1024;
    const char *path = made(ops, (int64_t)size);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .tenant = "DEFAULT", .name = "engineer"};
    struct upload_chunk chunk = {.id = strrchr(path, '/') + 1, .length = -1};
    struct span bytes = span_make(arena_take(unit->arena, size), size);
    struct upload_writer *writer;

    MUST(upload_begin(&ops->s.world, &who, unit->arena, &chunk, ops->s.now_ms, &writer, &unit->err));
    for (size_t at = 0; at < size; at += 1024 * 1024)
        MUST(upload_add(writer, span_make(bytes.at + at, 1024 * 1024), &unit->err));
    assert_int_equal(offset_of(ops, path), UPLOAD_CHECKPOINT_BYTES); /* what a kill -9 would leave */
    upload_cut(writer);
    assert_int_equal(offset_of(ops, path), size);
}

UNIT(a_second_writer_is_told_that_the_upload_is_locked)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 11);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .tenant = "DEFAULT", .name = "engineer"};
    struct upload_chunk chunk = {.id = strrchr(path, '/') + 1, .length = -1};
    struct upload_writer *writer;

    MUST(upload_begin(&ops->s.world, &who, unit->arena, &chunk, ops->s.now_ms, &writer, &unit->err));
    MUST(upload_add(writer, span_of("hello "), &unit->err));
    assert_int_equal(patch(ops, path, 0, "other").status, 423);
    assert_int_equal(support_ask(&ops->s, "DELETE", path, TUS, NULL).status, 423);
    upload_cut(writer);
    assert_int_equal(patch(ops, path, 6, "world").status, 204);
}

UNIT(the_quota_of_unfinished_uploads_is_kept)
{
    struct ops *ops = ops_world(unit->arena);
    const char *first;
    struct answer answer;

    ops->s.settings.upload_quota_bytes = 100;
    first = made(ops, 60);
    answer = make(ops, "Upload-Length: 41");
    assert_int_equal(answer.status, 429);
    assert_int_equal(make(ops, "Upload-Length: 40").status, 201);
    assert_int_equal(support_ask(&ops->s, "DELETE", first, TUS, NULL).status, 204);
    assert_int_equal(make(ops, "Upload-Length: 60").status, 201);
}

UNIT(a_deferred_length_is_held_to_the_quota_too)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = make(ops, "Upload-Defer-Length: 1");
    const char *path = strstr(support_header(&answer, "Location"), DOOR);

    ops->s.settings.upload_quota_bytes = 10;
    assert_int_equal(patch(ops, path, 0, "hello ").status, 204);
    assert_int_equal(patch_with(ops, path, 6, "Upload-Length: 11", span_of("world")).status, 429);
    assert_int_equal(patch(ops, path, 6, "world").status, 429);
    assert_int_equal(offset_of(ops, path), 6);
}

UNIT(the_disk_keeps_its_reserve)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);
    struct answer answer;

    ops->s.settings.disk_reserve_bytes = INT64_C(1) << 50;
    answer = make(ops, "Upload-Length: 5");
    assert_int_equal(answer.status, 507);
    assert_int_equal(patch(ops, path, 0, "hello").status, 507);
    assert_int_equal(head(ops, path).status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_terminated_upload_is_gone_with_its_file),
        UNIT_TEST(an_expired_upload_is_410_and_then_swept),
        UNIT_TEST(every_chunk_prolongs_the_upload),
        UNIT_TEST(a_file_without_a_row_is_swept_and_nothing_else),
        UNIT_TEST(an_upload_goes_on_after_a_restart),
        UNIT_TEST(bytes_beyond_the_acknowledged_offset_never_happened),
        UNIT_TEST(a_long_chunk_is_acknowledged_every_eight_mebibytes),
        UNIT_TEST(a_second_writer_is_told_that_the_upload_is_locked),
        UNIT_TEST(the_quota_of_unfinished_uploads_is_kept),
        UNIT_TEST(a_deferred_length_is_held_to_the_quota_too),
        UNIT_TEST(the_disk_keeps_its_reserve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
