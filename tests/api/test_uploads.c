#include "support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/upload.h"
#include "store/uploads.h"
#include "support/tus.h"

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
        UNIT_TEST(each_answer_of_these_doors_says_which_tus_it_speaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
