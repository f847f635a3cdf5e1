#include "signing/package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

struct scan {
    struct arena *arena;
    const char *dir;
    struct stat sbom; /* st_nlink 0: there is none */
    struct manifest_component *found;
    size_t count;
};

static bool is_sbom(const struct scan *scan, const struct stat *info)
{
    return scan->sbom.st_nlink > 0 && scan->sbom.st_dev == info->st_dev && scan->sbom.st_ino == info->st_ino;
}

static bool check_new(const struct scan *scan, const char *name, const char *file, struct err *err)
{
    for (size_t i = 0; i < scan->count; i++)
        if (text_equal(scan->found[i].name, name))
            return FAIL(
                err, ERR_INVALID,
                "%s holds \"%s\" and \"%s\", and both would be component \"%s\"; leave one of them there",
                scan->dir, scan->found[i].file, file, name);
    if (scan->count == MANIFEST_COMPONENTS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "%s holds more than the %d components a package may have", scan->dir,
                    MANIFEST_COMPONENTS_MAX);
    return true;
}

static bool add(struct scan *scan, const char *file, struct err *err)
{
    const char *name = arena_text(scan->arena, span_make(file, strcspn(file, ".")));

    if (text_equal(file, MANIFEST_NAME))
        return FAIL(err, ERR_INVALID, "%s/%s: the build writes this file itself; move it away", scan->dir,
                    file);
    if (!manifest_file_check(file, err) || !manifest_component_check(name, err))
        return err_within(err, "%s/%s (the part before the dot names the component)", scan->dir, file);
    if (!check_new(scan, name, file, err))
        return false;
    scan->found[scan->count++] =
        (struct manifest_component){.name = name, .file = arena_dup(scan->arena, file)};
    return true;
}

static bool look(struct scan *scan, int dir_fd, const char *file, struct err *err)
{
    struct stat info;

    if (file[0] == '.')
        return true;
    if (fstatat(dir_fd, file, &info, 0) != 0)
        return FAIL_ERRNO(err, file);
    if (is_sbom(scan, &info))
        return true;
    if (!S_ISREG(info.st_mode))
        return FAIL(err, ERR_INVALID,
                    "%s/%s is no regular file; DIR holds the component files and nothing else", scan->dir,
                    file);
    return add(scan, file, err);
}

static void dir_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static int by_name(const void *a, const void *b)
{
    const struct manifest_component *left = a, *right = b;

    return strcmp(left->name, right->name);
}

static bool look_all(struct scan *scan, struct err *err)
{
    AUTO(dir_closep) DIR *dir = opendir(scan->dir);
    struct dirent *one;

    if (!dir)
        return FAIL_ERRNO(err, scan->dir);
    while (errno = 0, (one = readdir(dir)) != NULL)
        if (!look(scan, dirfd(dir), one->d_name, err))
            return false;
    if (errno != 0)
        return FAIL_ERRNO(err, scan->dir);
    if (scan->count == 0)
        return FAIL(err, ERR_INVALID,
                    "%s holds no component; put one file for each there, such as system.img", scan->dir);
    return true;
}

bool package_scan(struct arena *arena, const char *dir, const char *sbom_path,
                  const struct manifest_component **out, size_t *count, struct err *err)
{
    struct scan scan = {.arena = arena, .dir = dir};

    scan.found = ARENA_MANY(arena, struct manifest_component, MANIFEST_COMPONENTS_MAX);
    if (sbom_path && stat(sbom_path, &scan.sbom) != 0)
        return FAIL_ERRNO(err, sbom_path);
    if (!look_all(&scan, err))
        return false;
    /* Folders have no order of their own; packages do. */
    qsort(scan.found, scan.count, sizeof(*scan.found), by_name);
    *out = scan.found;
    *count = scan.count;
    return true;
}
