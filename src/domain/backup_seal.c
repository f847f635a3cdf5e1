#include "domain/backup_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/text.h"

#define SEAL_WORK 14 /* 16 MiB: the passphrase is 256 random bits, so nothing is gained by more */
#define SEAL_BYTES 32

static const char *path_of(struct world *world, struct arena *arena)
{
    const char *name = world->settings->seal_file;

    return *name == '/' ? name : arena_printf(arena, "%s/%s", store_dir(world->store), name);
}

static bool identity_from(char *text, size_t size, struct age_identity **out, struct err *err)
{
    while (size > 0 && strchr("\r\n \t", text[size - 1]))
        size--;
    return age_identity_passphrase(span_make(text, size), SEAL_WORK, out, err);
}

/* Group may read it: the credentials of systemd look so. */
static bool seal_read(const char *path, struct age_identity **out, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char text[AGE_PASSPHRASE_MAX + 2];
    struct stat info;
    ssize_t got;
    bool is_ok;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    if (info.st_mode & 07)
        return FAIL(err, ERR_FORBIDDEN, "%s: anybody may read this seal; run chmod 600 on it", path);
    got = read(fd, text, sizeof(text));
    if (got < 0)
        return FAIL_ERRNO(err, path);
    is_ok = identity_from(text, (size_t)got, out, err);
    explicit_bzero(text, sizeof(text));
    return is_ok;
}

static bool seal_make(struct arena *arena, const char *path, struct err *err)
{
    uint8_t random[SEAL_BYTES];
    char *text;
    bool is_ok;

    ident_random(random, sizeof(random));
    text = arena_printf(arena, "%s\n", text_hex(arena, random, sizeof(random)));
    is_ok = file_write_whole(path, span_of(text), 0600, err);
    explicit_bzero(random, sizeof(random));
    return is_ok;
}

bool backup_seal_open(struct world *world, struct age_identity **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return seal_read(path_of(world, arena), out, err) || err_within(err, "the seal (setting seal_file)");
}

bool backup_seal_need(struct world *world, struct age_identity **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    const char *path = path_of(world, arena);

    if (!file_exists(path) && !seal_make(arena, path, err))
        return err_within(err, "making the seal (setting seal_file)");
    return backup_seal_open(world, out, err);
}
