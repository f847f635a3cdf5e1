#include "tools/nightshift/package_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "tools/nightshift/table.h"

#define SLOW_MS 2000
#define PIECE_BYTES 65536

void slow_begin(struct slow *slow, const char *what)
{
    progress_begin(&slow->progress, what, 0, -1);
    slow->has_talked = false;
}

void slow_tell(void *ctx, int64_t done, int64_t total)
{
    struct slow *slow = ctx;

    if (clock_monotonic_ms() - slow->progress.started_ms < SLOW_MS)
        return;
    slow->has_talked = true;
    progress_tell(&slow->progress, done, total);
}

void slow_end(struct slow *slow)
{
    if (slow->has_talked)
        progress_end(&slow->progress);
}

bool package_digest(struct cli *cli, const char *path, int64_t *size, const char **sha256, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    char piece[PIECE_BYTES], digest[HASH_HEX_MAX];
    int64_t sum = 0;
    ssize_t got = 0;

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    while (!cli_stop && (got = read(fd, piece, sizeof(piece))) > 0) {
        hash_add(hash, span_make(piece, (size_t)got));
        sum += got;
    }
    if (cli_stop)
        return FAIL(err, ERR_GONE, "stopped");
    if (got < 0)
        return FAIL_ERRNO(err, path);
    hash_hex(hash, digest);
    *size = sum;
    *sha256 = arena_dup(cli->arena, digest);
    return true;
}

/* clang-format off */
static const struct field facts[] = {
    {"package",     "file",                        FIELD_PLAIN},
    {"size",        "size",                        FIELD_BYTES},
    {"sha256",      "sha256",                      FIELD_PLAIN},
    {"family",      "manifest.family",             FIELD_PLAIN},
    {"version",     "manifest.version",            FIELD_PLAIN},
    {"min version", "manifest.min_version",        FIELD_PLAIN},
    {"counter",     "manifest.counter",            FIELD_PLAIN},
    {"kind",        "manifest.kind",               FIELD_PLAIN},
    {"cves",        "manifest.cves",               FIELD_PLAIN},
    {"models",      "manifest.models",             FIELD_PLAIN},
    {"minutes",     "manifest.effects.minutes",    FIELD_PLAIN},
    {"reboots",     "manifest.effects.reboots",    FIELD_PLAIN},
    {"reversible",  "manifest.effects.reversible", FIELD_PLAIN},
    {"sbom",        "manifest.sbom.file",          FIELD_PLAIN},
};

static const struct field columns[] = {
    {"COMPONENT", "name",    FIELD_PLAIN},
    {"VERSION",   "version", FIELD_PLAIN},
    {"SIZE",      "size",    FIELD_BYTES},
    {"SHA256",    "sha256",  FIELD_SHORT},
    {"FILE",      "file",    FIELD_PLAIN},
};
/* clang-format on */

static void print_notes(struct cli *cli, const struct json *notes)
{
    if (json_count(notes) > 0)
        cli_print("\n");
    for (size_t i = 0; i < json_count(notes); i++)
        cli_print("%s\n", field_clean(cli->arena, json_string(json_item(notes, i))));
}

bool package_print(struct cli *cli, const char *path, int64_t size, const char *sha256,
                   const struct manifest *manifest, struct err *err)
{
    struct buf text = {.arena = cli->arena};
    struct json_out j = {.buf = &text};
    const struct json *value, *inner;
    struct span bytes;

    if (!manifest_write(cli->arena, manifest, &bytes, err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "file", path);
    json_int(&j, "size", size);
    json_text_if(&j, "sha256", sha256);
    json_raw(&j, "manifest", bytes);
    json_close(&j);
    cli->answer = buf_span(&text);
    if (cli_printed_json(cli))
        return true;
    if (!json_parse(cli->arena, buf_span(&text), &value, err))
        return false;
    inner = json_member(value, "manifest");
    facts_print(cli, value, facts, COUNT(facts));
    cli_print("\n");
    table_print(cli, json_member(inner, "components"), columns, COUNT(columns));
    print_notes(cli, json_member(inner, "notes"));
    return true;
}
