#include "support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/upload.h"
#include "store/uploads.h"
#include "support/ops.h"

#define DOOR "/api/v1/uploads"
#define WHO "Authorization: Bearer token-engineer\n"
#define TUS WHO "Tus-Resumable: 1.0.0\n"
#define CHUNK TUS "Content-Type: application/offset+octet-stream\n"

static struct answer make(struct ops *ops, const char *headers)
{
    return support_ask(&ops->s, "POST", DOOR, arena_printf(ops->s.arena, TUS "%s", headers), NULL);
}

/* The path of a new upload of that length. */
static const char *made(struct ops *ops, int64_t length)
{
    struct answer answer = make(ops, arena_printf(ops->s.arena, "Upload-Length: %lld", (long long)length));

    assert_int_equal(answer.status, 201);
    return strstr(support_header(&answer, "Location"), DOOR);
}

static struct answer head(struct ops *ops, const char *path)
{
    return support_ask(&ops->s, "HEAD", path, TUS, NULL);
}

static struct answer patch_with(struct ops *ops, const char *path, int64_t offset, const char *more,
                                struct span bytes)
{
    return support_ask_bytes(&ops->s, "PATCH", path,
                             arena_printf(ops->s.arena, CHUNK "Upload-Offset: %lld\nContent-Length: %zu\n%s",
                                          (long long)offset, bytes.size, more),
                             bytes);
}

static struct answer patch(struct ops *ops, const char *path, int64_t offset, const char *text)
{
    return patch_with(ops, path, offset, "", span_of(text));
}

static int64_t offset_of(struct ops *ops, const char *path)
{
    struct answer answer = head(ops, path);

    assert_int_equal(answer.status, 200);
    return atol(support_header(&answer, "Upload-Offset"));
}

static const char *file_of(struct ops *ops, const char *path)
{
    return arena_printf(ops->s.arena, "%s/uploads/%s", ops->s.dir, strrchr(path, '/') + 1);
}

static const char *checksum(struct ops *ops, const char *name, enum hash_kind kind, const char *text)
{
    AUTO(hash_freep) struct hash *hash = hash_new(kind);
    uint8_t raw[32];

    hash_add(hash, span_of(text));
    hash_raw(hash, raw);
    return arena_printf(ops->s.arena, "Upload-Checksum: %s %s", name,
                        text_base64(ops->s.arena, span_make(raw, hash_size(kind))));
}

UNIT(options_says_what_is_spoken_without_asking_who)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = support_ask(&ops->s, "OPTIONS", DOOR, "Tus-Resumable: 0.2.2", NULL);

    assert_int_equal(answer.status, 204);
    assert_string_equal(support_header(&answer, "Tus-Version"), "1.0.0");
    assert_string_equal(support_header(&answer, "Tus-Resumable"), "1.0.0");
    assert_string_equal(support_header(&answer, "Tus-Checksum-Algorithm"), "sha1,sha256");
    assert_non_null(strstr(support_header(&answer, "Tus-Extension"), "termination"));
    assert_int_equal(atol(support_header(&answer, "Tus-Max-Size")), ops->s.settings.upload_max_bytes);
}

UNIT(an_upload_in_two_chunks_is_whole)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = make(ops, "Upload-Length: 11\nUpload-Metadata: filename YS5zd3U=,empty");
    const char *path = strstr(support_header(&answer, "Location"), DOOR);
    struct span bytes;

    assert_int_equal(answer.status, 201);
    assert_true(text_starts(support_header(&answer, "Location"), "https://fw.example:8443/api/v1/uploads/"));
    assert_non_null(support_header(&answer, "Upload-Expires"));
    assert_string_equal(support_header(&answer, "Tus-Resumable"), "1.0.0");
    answer = patch(ops, path, 0, "hello ");
    assert_int_equal(answer.status, 204);
    assert_string_equal(support_header(&answer, "Upload-Offset"), "6");
    assert_string_equal(support_header(&answer, "Tus-Resumable"), "1.0.0");
    answer = patch(ops, path, 6, "world");
    assert_int_equal(answer.status, 204);
    answer = head(ops, path);
    assert_int_equal(answer.status, 200);
    assert_string_equal(support_header(&answer, "Upload-Offset"), "11");
    assert_string_equal(support_header(&answer, "Upload-Length"), "11");
    assert_string_equal(support_header(&answer, "Upload-Metadata"), "filename YS5zd3U=,empty");
    assert_string_equal(support_header(&answer, "Cache-Control"), "no-store");
    MUST(file_read(unit->arena, file_of(ops, path), 100, &bytes, &unit->err));
    assert_string_equal(bytes.at, "hello world");
}

UNIT(another_protocol_version_or_none_is_412_with_the_right_one)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);
    static const char *const methods[] = {"POST", "HEAD", "PATCH", "DELETE"};
    static const char *const versions[] = {"", "Tus-Resumable: 0.2.2\n", "Tus-Resumable: 1.0.1\n"};

    for (size_t i = 0; i < COUNT(methods); i++)
        for (size_t k = 0; k < COUNT(versions); k++) {
            struct answer answer = support_ask(
                &ops->s, methods[i], i ? path : DOOR,
                arena_printf(unit->arena, WHO "%sUpload-Length: 5\nUpload-Offset: 0", versions[k]), NULL);

            assert_int_equal(answer.status, 412);
            assert_string_equal(support_header(&answer, "Tus-Version"), "1.0.0");
            assert_string_equal(support_header(&answer, "Tus-Resumable"), "1.0.0");
        }
}

UNIT(lengths_that_make_no_sense_are_400_and_too_large_is_413)
{
    struct ops *ops = ops_world(unit->arena);
    static const struct {
        const char *headers;
        int status;
    } rows[] = {
        {"X-Nothing: 1", 400},
        {"Upload-Length: -1", 400},
        {"Upload-Length: 1x", 400},
        {"Upload-Length: 99999999999999999999", 400},
        {"Upload-Length: 5\nUpload-Defer-Length: 1", 400},
        {"Upload-Defer-Length: 2", 400},
        {"Upload-Defer-Length: 0", 400},
        {"Upload-Length: 5\nUpload-Concat: partial", 400},
        {"Upload-Length: 5\nUpload-Metadata: a !!!", 400},
        {"Upload-Length: 5\nUpload-Metadata: a YQ==,a YQ==", 400},
        {"Upload-Length: 5\nUpload-Metadata: ,", 400},
        {"Upload-Length: 4294967297", 413},
        {"Upload-Length: 0", 201},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer = make(ops, rows[i].headers);

        if (answer.status != rows[i].status)
            fail_msg("%s: %d %s", rows[i].headers, answer.status, answer.text);
    }
}

UNIT(a_patch_needs_the_right_type_and_offset)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);
    struct answer answer =
        support_ask(&ops->s, "PATCH", path, TUS "Content-Type: text/plain\nUpload-Offset: 0", "hello");

    assert_int_equal(answer.status, 415);
    assert_int_equal(support_ask(&ops->s, "PATCH", path, CHUNK, "hello").status, 400);
    assert_int_equal(support_ask(&ops->s, "PATCH", path, CHUNK "Upload-Offset: -1", "hello").status, 400);
    assert_int_equal(patch(ops, path, 3, "lo").status, 409);
    assert_int_equal(patch(ops, path, 0, "hello!").status, 413);
    assert_int_equal(offset_of(ops, path), 0);
    assert_int_equal(patch(ops, path, 0, "hello").status, 204);
    assert_int_equal(patch(ops, path, 5, "").status, 204);
    assert_int_equal(patch(ops, path, 0, "hello").status, 409);
}

UNIT(a_chunked_body_that_runs_over_the_length_is_413_too)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);

    assert_int_equal(support_ask(&ops->s, "PATCH", path, CHUNK "Upload-Offset: 0\nTransfer-Encoding: chunked",
                                 "hello, world")
                         .status,
                     413);
}

UNIT(an_unknown_upload_is_404_without_an_offset)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = head(ops, DOOR "/00000000000000000000000000000000");

    assert_int_equal(answer.status, 404);
    assert_null(support_header(&answer, "Upload-Offset"));
    assert_int_equal(patch(ops, DOOR "/00000000000000000000000000000000", 0, "x").status, 404);
    assert_int_equal(head(ops, DOOR "/..%2f..%2fnightshift.db").status, 400);
    assert_false(
        file_exists(arena_printf(unit->arena, "%s/uploads/00000000000000000000000000000000", ops->s.dir)));
}

UNIT(a_checksum_that_fits_moves_the_offset_and_one_that_does_not_is_460)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 11);
    struct answer answer;

    answer = patch_with(ops, path, 0, checksum(ops, "sha1", HASH_SHA1, "other"), span_of("hello "));
    assert_int_equal(answer.status, 460);
    assert_int_equal(offset_of(ops, path), 0);
    assert_int_equal(
        patch_with(ops, path, 0, checksum(ops, "sha1", HASH_SHA1, "hello "), span_of("hello ")).status, 204);
    assert_int_equal(
        patch_with(ops, path, 6, checksum(ops, "sha256", HASH_SHA256, "World"), span_of("world")).status,
        460);
    assert_int_equal(offset_of(ops, path), 6);
    assert_int_equal(
        patch_with(ops, path, 6, checksum(ops, "sha256", HASH_SHA256, "world"), span_of("world")).status,
        204);
    assert_int_equal(offset_of(ops, path), 11);
}

UNIT(a_checksum_of_another_kind_or_shape_is_400)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);
    static const char *const bad[] = {
        "md5 XUFAKrxLKna5cZ2REBfFkg==",       "sha1", "sha1 ", "sha1 !!", "sha1 YWJj",
        "sha256 qvTGHdzF6KLavt4PO0gs2a6pQ00="};

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(patch_with(ops, path, 0, arena_printf(unit->arena, "Upload-Checksum: %s", bad[i]),
                                    span_of("hello"))
                             .status,
                         400);
    assert_int_equal(offset_of(ops, path), 0);
}

UNIT(what_came_before_the_connection_broke_is_kept)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 11);

    assert_int_equal(support_ask_cut(&ops->s, "PATCH", path, CHUNK "Upload-Offset: 0", span_of("hello ")), 0);
    assert_int_equal(offset_of(ops, path), 6);
    assert_int_equal(patch(ops, path, 6, "world").status, 204);
}

UNIT(unproven_bytes_of_a_broken_connection_are_not_kept)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 11);
    const char *headers = arena_printf(unit->arena, CHUNK "Upload-Offset: 0\n%s",
                                       checksum(ops, "sha1", HASH_SHA1, "hello world"));

    assert_int_equal(support_ask_cut(&ops->s, "PATCH", path, headers, span_of("hello ")), 0);
    assert_int_equal(offset_of(ops, path), 0);
    assert_int_equal(patch(ops, path, 0, "Hello world").status, 204);
}

UNIT(creation_with_upload_takes_the_first_bytes)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer =
        support_ask(&ops->s, "POST", DOOR, CHUNK "Upload-Length: 11\nContent-Length: 6", "hello ");

    assert_int_equal(answer.status, 201);
    assert_string_equal(support_header(&answer, "Upload-Offset"), "6");
    assert_int_equal(offset_of(ops, strstr(support_header(&answer, "Location"), DOOR)), 6);
    answer = support_ask(&ops->s, "POST", DOOR,
                         TUS "Upload-Length: 5\nContent-Length: 5\nContent-Type: text/plain", "hello");
    assert_int_equal(answer.status, 415);
}

UNIT(a_deferred_length_is_told_once)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = make(ops, "Upload-Defer-Length: 1");
    const char *path = strstr(support_header(&answer, "Location"), DOOR);

    answer = head(ops, path);
    assert_string_equal(support_header(&answer, "Upload-Defer-Length"), "1");
    assert_null(support_header(&answer, "Upload-Length"));
    assert_int_equal(patch(ops, path, 0, "hello ").status, 204);
    assert_int_equal(patch_with(ops, path, 6, "Upload-Length: 3", span_of("wor")).status, 400);
    assert_int_equal(patch_with(ops, path, 6, "Upload-Length: 11", span_of("wor")).status, 204);
    assert_int_equal(patch_with(ops, path, 9, "Upload-Length: 12", span_of("ld")).status, 400);
    assert_int_equal(patch(ops, path, 9, "ld").status, 204);
    answer = head(ops, path);
    assert_string_equal(support_header(&answer, "Upload-Length"), "11");
}

UNIT(a_proxy_that_knows_only_post_may_override_the_method)
{
    struct ops *ops = ops_world(unit->arena);
    const char *path = made(ops, 5);

    assert_int_equal(
        support_ask(&ops->s, "POST", path, CHUNK "Upload-Offset: 0\nX-HTTP-Method-Override: PATCH", "hello")
            .status,
        204);
    assert_int_equal(offset_of(ops, path), 5);
    assert_int_equal(support_ask(&ops->s, "POST", path, TUS "X-HTTP-Method-Override: DELETE", NULL).status,
                     204);
    assert_int_equal(head(ops, path).status, 404);
}

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

UNIT(each_answer_of_these_doors_says_which_tus_it_speaks)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer stranger =
        support_ask(&ops->s, "POST", DOOR, "Tus-Resumable: 1.0.0\nUpload-Length: 1", NULL);
    struct answer viewer =
        support_ask(&ops->s, "POST", DOOR,
                    "Authorization: Bearer token-viewer\nTus-Resumable: 1.0.0\nUpload-Length: 1", NULL);
    struct answer put = support_ask(&ops->s, "PUT", DOOR, TUS, NULL);

    assert_int_equal(stranger.status, 401);
    assert_string_equal(support_header(&stranger, "Tus-Resumable"), "1.0.0");
    assert_int_equal(viewer.status, 403);
    assert_string_equal(support_header(&viewer, "Tus-Resumable"), "1.0.0");
    assert_int_equal(put.status, 405);
    assert_string_equal(support_header(&put, "Tus-Resumable"), "1.0.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(options_says_what_is_spoken_without_asking_who),
        UNIT_TEST(an_upload_in_two_chunks_is_whole),
        UNIT_TEST(another_protocol_version_or_none_is_412_with_the_right_one),
        UNIT_TEST(lengths_that_make_no_sense_are_400_and_too_large_is_413),
        UNIT_TEST(a_patch_needs_the_right_type_and_offset),
        UNIT_TEST(a_chunked_body_that_runs_over_the_length_is_413_too),
        UNIT_TEST(an_unknown_upload_is_404_without_an_offset),
        UNIT_TEST(a_checksum_that_fits_moves_the_offset_and_one_that_does_not_is_460),
        UNIT_TEST(a_checksum_of_another_kind_or_shape_is_400),
        UNIT_TEST(what_came_before_the_connection_broke_is_kept),
        UNIT_TEST(unproven_bytes_of_a_broken_connection_are_not_kept),
        UNIT_TEST(creation_with_upload_takes_the_first_bytes),
        UNIT_TEST(a_deferred_length_is_told_once),
        UNIT_TEST(a_proxy_that_knows_only_post_may_override_the_method),
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
        UNIT_TEST(each_answer_of_these_doors_says_which_tus_it_speaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
