#include "signer_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "signing/signer_ask.h"

struct owner {
    uid_t uid;
    gid_t gid;
};

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* Never through a link: this runs as root over a folder that others may write. */
static bool give(const char *path, const struct owner *to, mode_t mode, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fchown(fd, to->uid, to->gid) != 0 || fchmod(fd, mode) != 0)
        return FAIL_ERRNO(err, path);
    return true;
}

static bool give_place(struct arena *arena, const char *place, const struct owner *to, struct err *err)
{
    for (enum signer_key which = 0; which < SIGNER_KEY__MAX; which++) {
        const char *path = arena_printf(arena, "%s/%s", place, signer_file[which]);

        if (file_exists(path) && !give(path, to, 0600, err))
            return false;
    }
    return give(place, to, 0770, err);
}

/* What the signer keeps for itself, with all below: another may have been it before. */
static bool give_all(struct arena *arena, const char *path, const struct owner *to, struct err *err)
{
    AUTO(close_dir) DIR *dir = opendir(path);

    if (!dir)
        return FAIL_ERRNO(err, path);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const char *inner = arena_printf(arena, "%s/%s", path, entry->d_name);

        if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
            continue;
        if (!(entry->d_type == DT_DIR ? give_all(arena, inner, to, err) : give(inner, to, 0600, err)))
            return false;
    }
    return give(path, to, 0700, err);
}

static bool let_through(const char *path, struct err *err)
{
    struct stat info;

    if (stat(path, &info) != 0 || chmod(path, (info.st_mode & 07777) | S_IXGRP | S_IXOTH) != 0)
        return FAIL_ERRNO(err, path);
    return true;
}

static bool give_trust(struct arena *arena, const char *trust, const struct owner *to, struct err *err)
{
    AUTO(close_dir) DIR *dir = opendir(trust);

    if (!dir)
        return FAIL_ERRNO(err, trust);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const char *place = arena_printf(arena, "%s/%s", trust, entry->d_name);
        const char *director = arena_printf(arena, "%s/director", place);

        if (*entry->d_name == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        if (!give_place(arena, place, to, err) ||
            (file_exists(director) && !give_place(arena, director, to, err)))
            return false;
    }
    return let_through(trust, err);
}

bool signer_files_give(const char *dir, uid_t uid, gid_t gid, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct owner to = {uid, gid};
    const char *trust = arena_printf(arena, "%s/trust", dir), *own = arena_printf(arena, "%s/signer", dir);

    return (!file_exists(trust) || give_trust(arena, trust, &to, err)) && file_make_dirs(own, 0700, err) &&
           give_all(arena, own, &to, err) && let_through(dir, err);
}

bool signer_files_make(const char *dir, const struct passwd *user, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *own = arena_printf(arena, "%s/signer", dir);
    const struct owner to = {user ? user->pw_uid : geteuid(), user ? user->pw_gid : getegid()};

    return file_make_dirs(own, 0700, err) && give_all(arena, own, &to, err);
}
