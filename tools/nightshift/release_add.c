#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "signing/package.h"
#include "tools/nightshift/release.h"
#include "tools/nightshift/table.h"
#include "tools/nightshift/upload.h"

#define READ_BYTES (1024 * 1024)

/* clang-format off */
const struct option_row release_add_options[] = {
    { "upload",    "ID",     "FILE is there already, as this upload", false, false },
    { "family",    "FAMILY", "foreign file: the family it is for", false, false },
    { "version",   "TEXT",   "foreign file: its version", false, false },
    { "component", "NAME",   "foreign file: what it replaces [system]", false, false },
    { "filename",  "NAME",   "foreign file: what devices call it [its name here]", false, false },
    { "model",     "MODEL",  "foreign file: a model it is for [the family's]", false, true },
    { "counter",   "N",      "foreign file: release counter [1]", false, false },
    { "minutes",   "N",      "foreign file: how long a device is busy with it", false, false },
    { "kind",      "KIND",   "foreign file: feature or security", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* What is said here about a foreign file, our own packages say themselves. */
static bool check(struct cli *cli, int fd, bool *is_foreign, struct err *err)
{
    bool is_ours = package_is_ours(fd);

    for (const struct option_row *row = release_add_options + 1; row->name; row++)
        if (is_ours && options_has(&cli->options, row->name))
            return MISUSE(cli, err, "--%s is for foreign files; this package says it itself", row->name);
    if (!is_ours && (!options_has(&cli->options, "family") || !options_has(&cli->options, "version")))
        return MISUSE(cli, err,
                      "this is no package of `nightshift package build`: say --family and --version");
    *is_foreign = !is_ours;
    return true;
}

static bool digest_of(int fd, char out[HASH_HEX_MAX], struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    char *bytes = arena_take(arena, READ_BYTES);
    int64_t offset = 0;
    ssize_t got;

    while ((got = pread(fd, bytes, READ_BYTES, offset)) > 0) {
        hash_add(hash, span_make(bytes, (size_t)got));
        offset += got;
    }
    if (got < 0)
        return FAIL_ERRNO(err, "reading the file");
    hash_hex(hash, out);
    return true;
}

static bool add_foreign(struct cli *cli, const char *path, struct json_out *body, struct err *err)
{
    const char *slash = strrchr(path, '/');

    cli_add_text(cli, body, "family", "family");
    cli_add_text(cli, body, "version", "version");
    cli_add_text(cli, body, "component", "component");
    if (!options_has(&cli->options, "filename"))
        json_text(body, "filename", slash ? slash + 1 : path);
    cli_add_text(cli, body, "filename", "filename");
    cli_add_list(cli, body, "model", "models");
    cli_add_text(cli, body, "kind", "kind");
    return cli_add_int(cli, body, "counter", "counter", 1, INT64_MAX, err) &&
           cli_add_int(cli, body, "minutes", "minutes", 0, 100000, err);
}

/* The service must have read the very bytes that lie here. */
static bool same_bytes(const struct json *release, const char *digest, struct err *err)
{
    const char *theirs = json_string(field_find(release, "package.sha256"));

    if (!text_equal(theirs, digest))
        return FAIL(err, ERR_CORRUPT,
                    "the service has other bytes (sha256 %s) than this file (%s): do not sign it",
                    theirs ? theirs : "none", digest);
    cli_say("the service has the same bytes: sha256 %s", digest);
    return true;
}

static bool make(struct cli *cli, const char *path, int fd, bool is_foreign, const char *upload,
                 struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *release;
    char digest[HASH_HEX_MAX];

    json_text(&body, "upload", upload);
    if (is_foreign && !add_foreign(cli, path, &body, err))
        return false;
    if (!digest_of(fd, digest, err) || !cli_send(cli, "POST", "/api/v1/releases", &body, &release, err) ||
        !same_bytes(release, digest, err))
        return false;
    release_show(cli, release);
    release_say_next(release);
    return true;
}

bool release_add_command(struct cli *cli, struct err *err)
{
    const char *path = options_word(&cli->options, 0), *upload = options_text(&cli->options, "upload");
    AUTO(upload_closep) struct upload_job *job = NULL;
    bool is_foreign = false;

    if (!upload_open(cli, path, &job, err) || !check(cli, job->fd, &is_foreign, err))
        return false;
    if (!upload && !upload_run(cli, job, err))
        return false;
    if (!make(cli, path, job->fd, is_foreign, upload ? upload : upload_id(job), err))
        return false;
    upload_forget(job);
    return true;
}
