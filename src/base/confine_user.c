/* From root to a user who owns the data and nothing else. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine_parts.h"
#include "base/text.h"

#define LOOKUP_BYTES 16384
#define PORT_OF_ROOT 1024

#define RIGHT_PORT (1U << CAP_NET_BIND_SERVICE)
/* Of one who stays root: the data may be another user's. */
#define RIGHT_FILES (1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER)

/* Of root's rights these, as far as they are there, and no others. */
static bool rights_keep(unsigned rights, struct err *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};

    if (syscall(SYS_capget, &head, data) == 0) {
        rights &= data[0].permitted;
        memset(data, 0, sizeof(data));
        data[0].permitted = data[0].effective = rights;
        if (syscall(SYS_capset, &head, data) == 0)
            return true;
    }
    return FAIL_ERRNO(err, "giving the rights of root back");
}

static bool user_find(const char *user, struct passwd *out, char *room, struct err *err)
{
    struct passwd *found = NULL;
    int code = getpwnam_r(user, out, room, LOOKUP_BYTES, &found);

    if (found)
        return out->pw_uid != 0 || FAIL(err, ERR_INVALID, "the setting user: %s is root", user);
    return FAIL(err, ERR_INVALID, "the setting user: there is no user %s%s%s", user, code ? ": " : "",
                code ? strerror(code) : "");
}

static bool is_port_of_root(const int64_t *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ports[i] > 0 && ports[i] < PORT_OF_ROOT)
            return true;
    return false;
}

bool confine_user(const char *user, const int64_t *ports, size_t port_count, struct err *err)
{
    bool keeps_port = is_port_of_root(ports, port_count);
    struct passwd entry;
    char room[LOOKUP_BYTES];

    if (text_blank(user))
        return true;
    if (!user_find(user, &entry, room, err))
        return false;
    if (geteuid() != 0)
        return geteuid() == entry.pw_uid ||
               FAIL(err, ERR_INVALID, "the setting user: only root can become %s", user);
    if (prctl(PR_SET_KEEPCAPS, keeps_port ? 1L : 0L, 0, 0, 0) != 0 || initgroups(user, entry.pw_gid) != 0 ||
        setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid) != 0 ||
        setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid) != 0)
        return FAIL_ERRNO(err, "becoming the user of the setting user");
    if (!rights_keep(keeps_port ? RIGHT_PORT : 0, err))
        return false;
    return setresuid(0, 0, 0) != 0 || FAIL(err, ERR_CORRUPT, "root came back after it was given up");
}

bool confine_root(const int64_t *ports, size_t port_count, struct err *err)
{
    return geteuid() != 0 ||
           rights_keep(RIGHT_FILES | (is_port_of_root(ports, port_count) ? RIGHT_PORT : 0), err);
}
