#include "tools/nightshift/upload.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

#define MEMO_MAX 4096

static const char *state_dir(struct arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (!text_blank(state))
        return arena_printf(arena, "%s/nightshift/uploads", state);
    return arena_printf(arena, "%s/.local/state/nightshift/uploads", text_blank(home) ? "." : home);
}

/* One memo for one file and one service. */
static const char *memo_path(struct cli *cli, const char *path)
{
    char *whole = realpath(path, NULL), digest[HASH_HEX_MAX];
    const char *what = arena_printf(cli->arena, "%s\n%s", cli->url, whole ? whole : path);

    free(whole);
    hash_hex_of(HASH_SHA256, span_of(what), digest);
    return arena_printf(cli->arena, "%s/%.32s.json", state_dir(cli->arena), digest);
}

bool memo_load(struct cli *cli, struct upload_job *job, struct err *err)
{
    const char *where = NULL;
    int64_t size = -1, mtime_ns = -1;
    const struct json_field fields[] = {JSON_TEXT("upload", where, 1, 1024),
                                        JSON_INT("size", size, 0, INT64_MAX),
                                        JSON_INT("mtime_ns", mtime_ns, INT64_MIN, INT64_MAX)};
    const struct json *memo;
    struct span text;

    job->memo = memo_path(cli, job->path);
    if (!file_exists(job->memo))
        return true;
    if (!file_read(cli->arena, job->memo, MEMO_MAX, &text, err) ||
        !json_parse(cli->arena, text, &memo, err) || !json_read(memo, fields, COUNT(fields), err))
        return err_within(err, "%s; remove it to begin anew", job->memo);
    if (size == job->size && mtime_ns == job->mtime_ns)
        job->where = where;
    else
        cli_say("%s has changed since its upload was cut: beginning anew", job->path);
    return true;
}

bool memo_keep(struct cli *cli, const struct upload_job *job, struct err *err)
{
    struct buf text = {.arena = cli->arena};
    struct json_out json = {.buf = &text};

    json_open(&json, NULL);
    json_text(&json, "upload", job->where);
    json_int(&json, "size", job->size);
    json_int(&json, "mtime_ns", job->mtime_ns);
    json_close(&json);
    return file_make_dirs(state_dir(cli->arena), 0700, err) &&
           file_write_whole(job->memo, buf_span(&text), 0600, err);
}
