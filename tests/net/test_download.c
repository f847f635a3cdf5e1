#include "support/actor.h"

#include <unistd.h>

/* ---- downloads ------------------------------------------------------------------------- */

static const char *content(struct unit *unit, int fd)
{
    char *text = arena_take(unit->arena, 256);

    assert_true(pread(fd, text, 255, 0) >= 0);
    return text;
}

#define DOWNLOAD(...) struct download download = {.fd = actor_scratch(), __VA_ARGS__}
#define HELLO "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n"

UNIT(a_cut_download_goes_on_where_it_stopped)
{
    PLAY(HELLO "01234", "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/10\r\n"
                        "Content-Length: 5\r\n\r\n56789");
    DOWNLOAD(.expect_bytes = 10);
    struct download_result result = {.status = -1};

    REFUSES(ERR_IO, client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_int_equal(download.offset, 5);
    assert_string_equal(download.etag, "\"v1\"");
    assert_int_equal(result.status, -1);
    MUST(client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_null(strstr(actor.asked[0], "Range:"));
    assert_non_null(strstr(actor.asked[1], "Range: bytes=5-\r\n"));
    assert_non_null(strstr(actor.asked[1], "If-Range: \"v1\"\r\n"));
    assert_true(result.is_whole);
    assert_int_equal(result.fetched, 5);
    assert_int_equal(download.from_zero, 0);
    assert_string_equal(content(unit, download.fd), "0123456789");
    close(download.fd);
}

UNIT(a_file_that_changed_meanwhile_starts_at_zero)
{
    PLAY("HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 3\r\n\r\nnew");
    DOWNLOAD(.expect_bytes = -1, .offset = 5, .etag = "\"v1\"");
    struct download_result result;

    assert_int_equal(pwrite(download.fd, "01234", 5, 0), 5);
    MUST(client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_true(result.is_whole);
    assert_int_equal(download.from_zero, 1);
    assert_string_equal(download.etag, "\"v2\"");
    assert_string_equal(content(unit, download.fd), "new");
    close(download.fd);
}

UNIT(bytes_without_a_strong_etag_are_not_continued)
{
    PLAY("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
    DOWNLOAD(.expect_bytes = -1, .offset = 5, .etag = "W/\"v1\"");
    struct download_result result;

    MUST(client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_null(strstr(actor.asked[0], "Range:"));
    assert_int_equal(download.from_zero, 1);
    close(download.fd);
}

UNIT(a_416_with_our_size_means_it_was_whole_already)
{
    PLAY("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n");
    DOWNLOAD(.offset = 5, .etag = "\"v1\"", .expect_bytes = 5);
    struct download_result result;

    MUST(client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_true(result.is_whole);
    assert_int_equal(result.status, 416);
    assert_int_equal(download.offset, 5);
    close(download.fd);
}

UNIT(a_416_with_another_size_starts_at_zero_once)
{
    PLAY("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */3\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 3\r\n\r\nnew");
    DOWNLOAD(.expect_bytes = -1, .offset = 5, .etag = "\"v1\"");
    struct download_result result;

    MUST(client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_null(strstr(actor.asked[1], "Range:"));
    assert_true(result.is_whole);
    assert_string_equal(content(unit, download.fd), "new");
    close(download.fd);
}

UNIT(a_206_that_is_not_what_was_asked_is_refused_and_nothing_is_written)
{
    PLAY("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: "
         "6\r\n\r\n456789",
         "HTTP/1.1 206 Partial Content\r\nETag: \"v9\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: "
         "5\r\n\r\n56789",
         "HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: "
         "3\r\n\r\n--x",
         "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/*\r\nContent-Length: 5\r\n\r\n56789");
    DOWNLOAD(.expect_bytes = -1, .offset = 5, .etag = "\"v1\"");
    struct download_result result;

    for (int i = 0; i < 4; i++) {
        REFUSES(ERR_CONFLICT, client_download(client, "/f", NULL, &download, &result, &unit->err));
        assert_int_equal(download.offset, 5);
        assert_string_equal(content(unit, download.fd), "");
    }
    close(download.fd);
}

UNIT(another_size_than_announced_is_refused_before_a_byte)
{
    PLAY(HELLO "0123456789", HELLO "0123456789", "HTTP/1.1 200 OK\r\n\r\n0123456789");
    DOWNLOAD(.expect_bytes = 11);
    struct download_result result;

    REFUSES(ERR_CONFLICT, client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_string_equal(content(unit, download.fd), "");
    download.expect_bytes = -1;
    download.bytes_max = 9;
    REFUSES(ERR_TOO_LARGE, client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_string_equal(content(unit, download.fd), "");
    /* No length at all: stopped when the bound is passed. */
    REFUSES(ERR_TOO_LARGE, client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_true(download.offset <= 9);
    close(download.fd);
}

UNIT(a_refusal_is_an_answer_and_its_text_stays_out_of_the_file)
{
    PLAY("HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 4\r\n\r\nbusy");
    DOWNLOAD(.expect_bytes = -1, .offset = 5, .etag = "\"v1\"");
    struct download_result result;

    MUST(client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_int_equal(result.status, 503);
    assert_int_equal(result.retry_after_s, 17);
    assert_false(result.is_whole);
    assert_int_equal(download.offset, 5);
    assert_string_equal(content(unit, download.fd), "");
    close(download.fd);
}

struct watcher {
    char etag_at_begin[CLIENT_ETAG_MAX];
    int64_t began_at, bytes, told;
};

static bool on_begin(void *ctx, const struct download *download, struct err *err)
{
    struct watcher *watcher = ctx;

    (void)err;
    memcpy(watcher->etag_at_begin, download->etag, sizeof(watcher->etag_at_begin));
    watcher->began_at = download->offset;
    return true;
}

static bool on_bytes(void *ctx, const struct download *download, struct span bytes, struct err *err)
{
    struct watcher *watcher = ctx;

    watcher->bytes += (int64_t)bytes.size;
    if (download->offset > 8)
        return FAIL(err, ERR_NO_SPACE, "no room");
    return true;
}

static void on_progress(void *ctx, int64_t done, int64_t total)
{
    (void)total;
    ((struct watcher *)ctx)->told = done;
}

UNIT(the_caller_hears_of_the_etag_before_the_bytes_and_may_end_it)
{
    PLAY(HELLO "0123456789");
    struct watcher watcher = {.began_at = -1};
    DOWNLOAD(.expect_bytes = -1, .ctx = &watcher, .begin = on_begin, .bytes = on_bytes,
             .progress = on_progress);
    struct download_result result;

    REFUSES(ERR_NO_SPACE, client_download(client, "/f", NULL, &download, &result, &unit->err));
    assert_string_equal(watcher.etag_at_begin, "\"v1\"");
    assert_int_equal(watcher.began_at, 0);
    assert_int_equal(watcher.bytes, download.offset);
    close(download.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_cut_download_goes_on_where_it_stopped),
        UNIT_TEST(a_file_that_changed_meanwhile_starts_at_zero),
        UNIT_TEST(bytes_without_a_strong_etag_are_not_continued),
        UNIT_TEST(a_416_with_our_size_means_it_was_whole_already),
        UNIT_TEST(a_416_with_another_size_starts_at_zero_once),
        UNIT_TEST(a_206_that_is_not_what_was_asked_is_refused_and_nothing_is_written),
        UNIT_TEST(another_size_than_announced_is_refused_before_a_byte),
        UNIT_TEST(a_refusal_is_an_answer_and_its_text_stays_out_of_the_file),
        UNIT_TEST(the_caller_hears_of_the_etag_before_the_bytes_and_may_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
