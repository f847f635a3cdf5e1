#include "tools/nightshift/backup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tools/common/progress.h"
#include "tools/nightshift/sealed.h"
#include "tools/nightshift/table.h"

/* clang-format off */
const struct option_row backup_fetch_options[] = {
    { "out", "FILE", "write it there [backup-ID.age]", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static enum err_code code_of(int status)
{
    return status == 404                    ? ERR_NOT_FOUND
           : status == 403                  ? ERR_FORBIDDEN
           : status == 410                  ? ERR_GONE
           : status == 409                  ? ERR_CONFLICT
           : status >= 500 || status == 429 ? ERR_BUSY
                                            : ERR_INVALID;
}

struct fetch {
    struct progress progress;
    const char *note;
};

static bool keep_etag(void *ctx, const struct download *download, struct err *err)
{
    const struct fetch *fetch = ctx;

    return !fetch->note || file_write_whole(fetch->note, span_of(download->etag), 0600, err);
}

static void tell(void *ctx, int64_t done, int64_t total)
{
    progress_tell(&((struct fetch *)ctx)->progress, done, total);
}

static bool download_once(struct cli *cli, const char *id, struct download *download, struct err *err)
{
    struct download_result result;

    if (!client_download(cli->client, backup_path(cli, id, "/file"), NULL, download, &result, err))
        return false;
    if (result.status / 100 != 2 && !result.is_whole)
        return FAIL(err, code_of(result.status), "the service answered %d", result.status);
    return result.is_whole || FAIL(err, ERR_IO, "the download was cut");
}

/* Asked first: a download that is refused says a number only. */
static bool check_there(struct cli *cli, const char *id, struct err *err)
{
    const struct json *backup;
    const char *why;

    if (!cli_get(cli, backup_path(cli, id, NULL), &backup, err))
        return false;
    why = json_string(json_member(backup, "gone_why"));
    if (json_member(backup, "gone"))
        return FAIL(err, ERR_GONE, "backup %s is gone%s%s", id, why ? ": " : "",
                    why ? field_clean(cli->arena, why) : "");
    return true;
}

static bool download_all(struct cli *cli, const char *id, struct download *download, struct err *err)
{
    int tries = 0;

    for (;;) {
        int64_t before = download->offset;

        if (download_once(cli, id, download, err))
            return true;
        if (download->offset > before)
            tries = 0;
        /* A conflict is the service's word here, not somebody else's write. */
        if (err->code == ERR_CONFLICT || !cli_again(&tries, err))
            return false;
    }
}

bool backup_download(struct cli *cli, const char *id, struct download *download, const char *note,
                     struct err *err)
{
    struct fetch fetch = {.note = note};

    if (!check_there(cli, id, err))
        return backup_no(cli, err, NULL);
    progress_begin(&fetch.progress, arena_printf(cli->arena, "fetching backup %s", id), download->offset, -1);
    download->ctx = &fetch;
    download->begin = keep_etag;
    download->progress = tell;
    if (!download_all(cli, id, download, err))
        return backup_no(cli, err, NULL) || err_within(err, "fetching backup %s", id);
    /* What was there in a blink needs no words. */
    if (fetch.progress.is_terminal || fetch.progress.said_ms > fetch.progress.started_ms)
        progress_end(&fetch.progress);
    return true;
}

/* What an earlier run left of the same file. */
static bool recall(struct cli *cli, const char *note, struct download *download, struct err *err)
{
    struct span etag;
    struct stat stat;

    if (!file_exists(note) || fstat(download->fd, &stat) != 0 || stat.st_size == 0)
        return true;
    if (!file_read(cli->arena, note, sizeof(download->etag) - 1, &etag, err))
        return false;
    memcpy(download->etag, etag.at, etag.size);
    download->offset = stat.st_size;
    cli_say("going on at byte %" PRId64, download->offset);
    return true;
}

/* OUT.part and OUT.etag, until all of it is there. */
static bool fetch_file(struct cli *cli, const char *id, const char *path, struct err *err)
{
    const char *part = arena_printf(cli->arena, "%s.part", path);
    const char *note = arena_printf(cli->arena, "%s.etag", path);
    AUTO(fd_closep) int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct download download = {.fd = fd, .expect_bytes = -1, .bytes_max = INT64_MAX};

    if (fd < 0)
        return FAIL_ERRNO(err, part);
    if (!recall(cli, note, &download, err))
        return false;
    if (!backup_download(cli, id, &download, note, err)) {
        if (err->code == ERR_CONFLICT)
            cli->advice = arena_printf(cli->arena, "remove %s and run the same command again", part);
        return false;
    }
    if (!file_sync(fd, part, err))
        return false;
    if (rename(part, path) != 0)
        return FAIL_ERRNO(err, path);
    unlink(note);
    return true;
}

bool backup_fetch_command(struct cli *cli, struct err *err)
{
    const char *id, *path = options_text(&cli->options, "out");

    if (!backup_id(cli, &id, err))
        return false;
    if (!path)
        path = arena_printf(cli->arena, "backup-%s.age", id);
    if (file_exists(path)) {
        cli->advice = "give another name with --out";
        return FAIL(err, ERR_CONFLICT, "%s is there already", path);
    }
    if (!fetch_file(cli, id, path, err))
        return false;
    if (!cli_printed_json(cli))
        cli_print("%s\n", path);
    cli_next("nightshift backup open %s --identity FILE --list", path);
    return true;
}
