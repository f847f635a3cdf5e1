#include "tools/nightshift/sealed.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/age_armor.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"

#define PIECE_BYTES (256 * 1024)

bool sealed_is_file(const char *what)
{
    struct err ignored;
    int64_t id;

    return !text_int(what, "ID", 1, INT64_MAX, &id, &ignored);
}

/* ---- the identity ---------------------------------------------------------------------------- */

bool sealed_is_locked_away(const char *path)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct err ignored;
    struct span text;

    return file_read(arena, path, AGE_HEADER_MAX, &text, &ignored) && age_is_armor(text);
}

static bool unlock(struct cli *cli, const char *path, struct age_identity **out, struct err *err)
{
    const char *text = cli_passphrase(cli->arena, arena_printf(cli->arena, "passphrase of %s", path));

    if (text_blank(text))
        return FAIL(err, ERR_FORBIDDEN, "%s is sealed and no passphrase was given", path);
    return age_identity_passphrase(span_of(text), AGE_WORK, out, err);
}

bool sealed_identity_load(struct cli *cli, const char *path, struct age_identity **out, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *passphrase = NULL;
    AUTO(age_identity_freep) struct age_identity *identity = NULL;

    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* no secret and no settings in a core file */
    if (!file_exists(path)) {
        cli->advice =
            "name the key file that backups are sealed to, or make one: nightshift backup key make FILE";
        return FAIL(err, ERR_NOT_FOUND, "there is no %s", path);
    }
    cli->advice = "the passphrase of a sealed key file is taken from NIGHTSHIFT_PASSPHRASE or the terminal";
    if ((sealed_is_locked_away(path) && !unlock(cli, path, &passphrase, err)) ||
        !age_key_file_load(path, passphrase, &identity, err))
        return err_within(err, "%s", path);
    if (!age_identity_is_locked(identity))
        cli_say("note: the system may write the secret to its swap space (see ulimit -l)");
    cli->advice = NULL;
    *out = identity;
    identity = NULL;
    return true;
}

bool sealed_identity(struct cli *cli, const char *why, struct age_identity **out, struct err *err)
{
    const char *path = options_text(&cli->options, "identity");

    return path ? sealed_identity_load(cli, path, out, err)
                : MISUSE(cli, err, "%s: give --identity FILE", why);
}

/* ---- taking ------------------------------------------------------------------------------------ */

static bool take_file(struct cli *cli, const char *path, struct span *out, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    return memory_map(cli->arena, fd, out, err) || err_within(err, "%s", path);
}

static bool take_backup(struct cli *cli, const char *id, struct span *out, struct err *err)
{
    /* Zstd makes a tar of 64 MiB smaller, never much bigger. */
    struct download download = {.expect_bytes = -1, .bytes_max = SNAPSHOT_BYTES_MAX + 1024 * 1024};

    if (!cli->client && !cli_connect(cli, err))
        return false;
    return memory_file(cli->arena, "sealed", &download.fd, err) &&
           backup_download(cli, id, &download, NULL, err) && memory_map(cli->arena, download.fd, out, err);
}

bool sealed_take(struct cli *cli, const char *what, struct span *out, struct err *err)
{
    return sealed_is_file(what) ? take_file(cli, what, out, err) : take_backup(cli, what, out, err);
}

/* ---- opening ----------------------------------------------------------------------------------- */

static bool to_file(void *to, struct span bytes, struct err *err)
{
    return file_write_all(*(int *)to, bytes, err);
}

static bool to_open(void *to, struct span bytes, struct err *err)
{
    return age_open_push(to, bytes, err);
}

/* Piece by piece: a piece that is refused ends it. */
static bool push_all(struct span bytes, const struct age_sink *sink, struct err *err)
{
    for (size_t at = 0; at < bytes.size; at += PIECE_BYTES) {
        size_t left = bytes.size - at;

        if (!sink->write(sink->to, span_make(bytes.at + at, left < PIECE_BYTES ? left : PIECE_BYTES), err))
            return false;
    }
    return true;
}

static bool to_reader(void *to, struct span bytes, struct err *err)
{
    return age_armor_reader_push(to, bytes, err);
}

static bool open_armor(struct span text, struct age_open *open, struct err *err)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *reader = NULL;
    struct age_sink sink = {to_open, open};

    age_armor_reader_begin(&sink, &reader);
    return push_all(text, &(struct age_sink){to_reader, reader}, err) && age_armor_reader_end(reader, err);
}

bool sealed_open(struct cli *cli, struct span bytes, const struct age_identity *by, int *fd, struct err *err)
{
    AUTO(age_open_freep) struct age_open *open = NULL;
    struct age_by who = {&by, 1};
    int plain;
    struct age_sink sink = {to_file, &plain};
    bool is_open;

    if (!memory_file(cli->arena, "settings", &plain, err))
        return false;
    age_open_begin(&who, &sink, &open);
    is_open = age_is_armor(bytes) ? open_armor(bytes, open, err)
                                  : push_all(bytes, &(struct age_sink){to_open, open}, err);
    if (!is_open || !age_open_end(open, err)) {
        cli->advice = err->code == ERR_FORBIDDEN
                          ? "was it sealed to another identity? See its recipients: nightshift backup show ID"
                          : "fetch it again; if that does not help, take the backup before it";
        return false;
    }
    *fd = plain;
    return true;
}

bool sealed_read(struct cli *cli, const char *what, const struct age_identity *by, struct sealed *out,
                 struct err *err)
{
    struct sealed sealed;

    if (!sealed_take(cli, what, &sealed.bytes, err))
        return false;
    if (!sealed_open(cli, sealed.bytes, by, &sealed.fd, err) ||
        !snapshot_read(cli->arena, sealed.fd, &sealed.snapshot, err))
        return err_within(err, sealed_is_file(what) ? "%s" : "backup %s", what);
    *out = sealed;
    return true;
}
