/* Landlock by its number: the headers of Debian 12 know ABI 2, its kernels more. The only file that knows Landlock. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine_parts.h"
#include "base/file.h"

/* What the headers may not have. */
struct ruleset_attr {
    uint64_t files, net, scoped;
};
struct port_attr {
    uint64_t rights, port;
};
#define RULE_PORT 2
#define NET_BIND 1
#define NET_CONNECT 2
#define SCOPE_ALL 3 /* abstract UNIX sockets and signals reach only processes that are confined with us */

#define FILES_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILES_TRUNCATE (1ULL << 14)
#define FILES_WRITE                                                                                          \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |        \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | FILES_TRUNCATE)
#define FILES_OF_A_FILE                                                                                      \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE |             \
     FILES_TRUNCATE)

/* What each ABI added to what can be taken away. */
/* clang-format off */
static const struct { int abi; uint64_t files, net, scoped; } added[] = {
    {1, (1ULL << 13) - 1,          0,                      0},
    {2, LANDLOCK_ACCESS_FS_REFER,  0,                      0},
    {3, FILES_TRUNCATE,            0,                      0},
    {4, 0,                         NET_BIND | NET_CONNECT, 0},
    {5, 1ULL << 15, /* ioctl */    0,                      0},
    {6, 0,                         0,                      SCOPE_ALL},
};
/* clang-format on */

static int ruleset_make(const struct ruleset_attr *attr, size_t size, uint32_t flags)
{
    return (int)syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

int confine_landlock_abi(void)
{
    int abi = ruleset_make(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return abi < 0 ? 0 : abi;
}

static bool rule_add(int ruleset, int type, const void *attr, const char *what, struct err *err)
{
    if (syscall(SYS_landlock_add_rule, ruleset, type, attr, 0) == 0)
        return true;
    return FAIL(err, ERR_IO, "Landlock: allowing %s: %s", what, strerror(errno));
}

static bool path_add(int ruleset, const struct ruleset_attr *taken, const struct confine_path *path,
                     struct err *err)
{
    AUTO(fd_closep) int fd = open(path->path, O_PATH | O_CLOEXEC);
    uint64_t rights = path->may_write ? FILES_READ | FILES_WRITE : FILES_READ;
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR || FAIL_ERRNO(err, path->path);
    if (!S_ISDIR(info.st_mode))
        rights &= FILES_OF_A_FILE;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & taken->files, .parent_fd = fd};

    return rule_add(ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, path->path, err);
}

static bool ports_add(int ruleset, const struct confine *confine, struct err *err)
{
    for (size_t i = 0; i < confine->port_count; i++) {
        struct port_attr rule = {NET_BIND, (uint64_t)confine->ports[i]};

        if (confine->ports[i] >= 0 && !rule_add(ruleset, RULE_PORT, &rule, "a port", err))
            return false;
    }
    return true;
}

bool confine_paths_apply(const struct confine *confine, struct err *err)
{
    int abi = confine_landlock_abi();
    struct ruleset_attr taken = {0};
    const struct confine_path everything = {"/", false};

    if (abi == 0)
        return FAIL(err, ERR_NOT_FOUND, "Landlock (%s)", strerror(errno));
    for (size_t i = 0; i < COUNT(added) && added[i].abi <= abi; i++) {
        taken.files |= added[i].files;
        taken.net |= added[i].net;
        taken.scoped |= added[i].scoped;
    }
    /* A kernel before the scopes, or before the ports, takes no size that has room for them. */
    AUTO(fd_closep)
    int ruleset = ruleset_make(&taken, sizeof(uint64_t) * (abi >= 6 ? 3 : abi >= 4 ? 2 : 1), 0);

    if (ruleset < 0)
        return FAIL_ERRNO(err, "Landlock");
    for (size_t i = 0; i < confine->path_count; i++)
        if (!path_add(ruleset, &taken, &confine->paths[i], err))
            return false;
    if ((CONFINE_IS_SANITIZED && !path_add(ruleset, &taken, &everything, err)) ||
        (taken.net && !ports_add(ruleset, confine, err)))
        return false;
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return FAIL_ERRNO(err, "Landlock");
    return true;
}
