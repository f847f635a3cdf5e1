#include "tools/nightshift/upload.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tools/common/progress.h"

#define UPLOADS "/api/v1/uploads/"
#define PIECE_BYTES (16LL * 1024 * 1024) /* one PATCH: what is acknowledged is on the service's disk */

/* clang-format off */
const struct option_row upload_send_options[] = {
    { NULL, NULL, NULL, false, false },
};
const struct option_row upload_drop_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static const char *const tus_headers[] = {"Tus-Resumable: 1.0.0", NULL};

/* ---- opening ------------------------------------------------------------------------- */

void upload_closep(struct upload_job **job)
{
    if (*job && (*job)->fd >= 0)
        close((*job)->fd);
    *job = NULL;
}

bool upload_open(struct cli *cli, const char *path, struct upload_job **out, struct err *err)
{
    AUTO(upload_closep) struct upload_job *job = ARENA_NEW(cli->arena, struct upload_job);
    struct stat stat;

    job->path = path;
    job->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (job->fd < 0 || fstat(job->fd, &stat) != 0)
        return FAIL_ERRNO(err, path);
    if (!S_ISREG(stat.st_mode))
        return FAIL(err, ERR_INVALID, "%s is not a file", path);
    job->size = stat.st_size;
    job->mtime_ns = stat.st_mtim.tv_sec * 1000000000LL + stat.st_mtim.tv_nsec;
    if (!memo_load(cli, job, err))
        return false;
    *out = job;
    job = NULL;
    return true;
}

struct upload_job upload_of(const char *name, int fd, int64_t size)
{
    return (struct upload_job){.path = name, .fd = fd, .size = size};
}

const char *upload_id(const struct upload_job *job)
{
    return job->where ? strrchr(job->where, '/') + 1 : NULL;
}

void upload_forget(struct upload_job *job)
{
    if (job->memo)
        unlink(job->memo);
}

/* ---- creation and HEAD ----------------------------------------------------------------- */

/* The upload's path below the URL we were given: the service may know itself by another name. */
static const char *path_of(const char *location)
{
    const char *path = location ? strstr(location, UPLOADS) : NULL;

    return path && path[strlen(UPLOADS)] ? path : NULL;
}

static bool create(struct cli *cli, struct upload_job *job, struct err *err)
{
    const char *slash = strrchr(job->path, '/');
    struct span name = span_of(slash ? slash + 1 : job->path);
    const char *headers[] = {
        tus_headers[0], arena_printf(cli->arena, "Upload-Length: %" PRId64, job->size),
        arena_printf(cli->arena, "Upload-Metadata: filename %s", text_base64(cli->arena, name)), NULL};
    struct answer answer;

    if (!client_ask(cli->client, cli->arena, "POST", "/api/v1/uploads", headers, (struct span){NULL, 0},
                    &answer, err) ||
        !cli_answer_check(cli->arena, &answer, err))
        return false;
    job->where = path_of(answer_header(&answer, "Location"));
    job->offset = 0;
    if (!job->where)
        return FAIL(err, ERR_INVALID, "the service took the upload but did not say where it is");
    return !job->memo || memo_keep(cli, job, err);
}

static bool header_int(const struct answer *answer, const char *name, int64_t max, int64_t *out,
                       struct err *err)
{
    const char *text = answer_header(answer, name);

    if (!text)
        return FAIL(err, ERR_INVALID, "the service's answer lacks %s", name);
    return text_int(text, name, 0, max, out, err);
}

/* How far the service has come. ERR_GONE: it does not know this upload any more. */
static bool look(struct cli *cli, struct upload_job *job, struct err *err)
{
    struct answer answer;

    if (!client_ask(cli->client, cli->arena, "HEAD", job->where, tus_headers, (struct span){NULL, 0}, &answer,
                    err))
        return false;
    if (answer.status == 404 || answer.status == 410)
        return FAIL(err, ERR_GONE, "the service does not know this upload any more");
    return cli_answer_check(cli->arena, &answer, err) &&
           header_int(&answer, "Upload-Offset", job->size, &job->offset, err);
}

/* ---- PATCH, until all is there ------------------------------------------------------------ */

static bool send_piece(struct cli *cli, struct arena *arena, struct upload_job *job,
                       struct progress *progress, struct err *err)
{
    int64_t left = job->size - job->offset;
    struct upload_part part = {.fd = job->fd,
                               .offset = job->offset,
                               .length = left < PIECE_BYTES ? left : PIECE_BYTES,
                               .ctx = progress,
                               .progress = progress_tell,
                               .total = job->size};
    struct answer answer;

    return client_upload(cli->client, arena, job->where, NULL, &part, &answer, err) &&
           cli_answer_check(arena, &answer, err) &&
           header_int(&answer, "Upload-Offset", job->size, &job->offset, err);
}

/* One step forward: a beginning, a look, or a piece. */
static bool step(struct cli *cli, struct upload_job *job, bool *is_sure, struct progress *progress,
                 struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    if (!job->where) {
        if (!create(cli, job, err))
            return false;
        *is_sure = true;
    }
    if (!*is_sure) {
        if (!look(cli, job, err))
            return false;
        *is_sure = true;
        if (job->offset && job->offset < job->size)
            cli_say("going on at byte %" PRId64 " of %" PRId64, job->offset, job->size);
        progress_begin(progress, progress->what, job->offset, job->size);
    }
    *is_sure = job->offset == job->size || send_piece(cli, arena, job, progress, err);
    return *is_sure;
}

/* After a refusal: may we try again? */
static bool may_go_on(struct upload_job *job, int *tries, const struct err *err)
{
    if (err->code == ERR_GONE && !cli_stop && job->where && !job->is_anew) {
        cli_say("%s: beginning anew", err->text);
        job->where = NULL;
        job->is_anew = true;
        return true;
    }
    return cli_again(tries, err);
}

bool upload_run(struct cli *cli, struct upload_job *job, struct err *err)
{
    struct progress progress;
    bool is_sure = false;
    int tries = 0;

    progress_begin(&progress, arena_printf(cli->arena, "uploading %s", job->path), 0, job->size);
    while (!job->where || !is_sure || job->offset < job->size) {
        int64_t before = job->offset;

        if (!step(cli, job, &is_sure, &progress, err) && !may_go_on(job, &tries, err))
            return err_within(err, "uploading %s, at byte %" PRId64, job->path, job->offset);
        if (job->offset > before)
            tries = 0;
    }
    progress_end(&progress);
    return true;
}

/* ---- commands -------------------------------------------------------------------------------- */

static void say_id(struct cli *cli, const char *id)
{
    struct json_out body = cli_body(cli);

    json_text(&body, "upload", id);
    json_close(&body);
    cli_print("%s\n", cli->is_json ? buf_cstr(body.buf) : id);
}

bool upload_send_command(struct cli *cli, struct err *err)
{
    AUTO(upload_closep) struct upload_job *job = NULL;

    if (!upload_open(cli, options_word(&cli->options, 0), &job, err) || !upload_run(cli, job, err))
        return false;
    upload_forget(job);
    say_id(cli, upload_id(job));
    cli_next("make it a release: nightshift release add %s --upload %s", job->path, upload_id(job));
    return true;
}

bool upload_drop_command(struct cli *cli, struct err *err)
{
    AUTO(upload_closep) struct upload_job *job = NULL;
    struct answer answer;

    if (!upload_open(cli, options_word(&cli->options, 0), &job, err))
        return false;
    if (!job->where)
        return FAIL(err, ERR_NOT_FOUND, "no unfinished upload of %s is remembered here", job->path);
    if (!client_ask(cli->client, cli->arena, "DELETE", job->where, tus_headers, (struct span){NULL, 0},
                    &answer, err))
        return false;
    if (answer.status != 404 && answer.status != 410 && !cli_answer_check(cli->arena, &answer, err))
        return false;
    upload_forget(job);
    cli_say("forgotten");
    return true;
}
