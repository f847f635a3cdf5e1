/* seccomp, by libseccomp, which knows the numbers of every machine. The only file that knows the library. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/confine_parts.h"
#include "base/file.h"

#define PROGRAM_MAX 2048 /* instructions; the table makes some hundred */

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* clang-format off */
static const struct { int call; bool may[CONFINE__MAX]; } allowed[] = {
#define ALLOWED(name, service, signer, parser) {SCMP_SYS(name), {service, signer, parser}},
#define NEVER(name)
#include "base/confine_calls.def"
#undef ALLOWED
#undef NEVER
};

static const int never[] = {
#define ALLOWED(name, service, signer, parser)
#define NEVER(name) SCMP_SYS(name),
#include "base/confine_calls.def"
#undef ALLOWED
#undef NEVER
};

/* Calls that are harmless with one argument and not with another. `mask` 0: the argument is compared whole. */
static const struct { int call; bool may[CONFINE__MAX]; unsigned at; uint64_t mask, value; } if_so[] = {
    {SCMP_SYS(write),      {0, 0, 1}, 0, 0, STDERR_FILENO}, /* of a parser: not to the archive it was given */
    {SCMP_SYS(writev),     {0, 0, 1}, 0, 0, STDERR_FILENO},
    {SCMP_SYS(socket),     {1, 0, 0}, 0, 0, AF_UNIX},
    {SCMP_SYS(socketpair), {1, 0, 0}, 0, 0, AF_UNIX},
    {SCMP_SYS(mmap),       {1, 1, 1}, 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect),   {1, 1, 1}, 2, PROT_EXEC, 0},
    {SCMP_SYS(clone),      {1, 0, 0}, 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(ioctl),      {1, 0, 0}, 1, 0, FIONREAD},
    {SCMP_SYS(ioctl),      {1, 0, 0}, 1, 0, FIONBIO},
    {SCMP_SYS(ioctl),      {1, 1, 1}, 1, 0, TCGETS},
    {SCMP_SYS(prlimit64),  {1, 1, 1}, 2, 0, 0}, /* asks, sets nothing */
    {SCMP_SYS(prctl),      {1, 0, 0}, 0, 0, PR_SET_NAME},
    {SCMP_SYS(prctl),      {1, 1, 1}, 0, 0, PR_SET_VMA},
};
/* clang-format on */

static void filter_freep(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
}

/* -EDOM, -EINVAL: this machine has no such call. */
static bool is_added(int answer)
{
    return answer == 0 || answer == -EDOM || answer == -EINVAL;
}

static bool add_allowed(scmp_filter_ctx filter, enum confine_profile profile, int *count)
{
    for (size_t i = 0; i < COUNT(allowed); i++) {
        if (!allowed[i].may[profile])
            continue;
        if (!is_added(seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i].call, 0)))
            return false;
        ++*count;
    }
    return true;
}

static bool add_if_so(scmp_filter_ctx filter, enum confine_profile profile, int *count)
{
    for (size_t i = 0; i < COUNT(if_so); i++) {
        struct scmp_arg_cmp compare = {if_so[i].at, if_so[i].mask ? SCMP_CMP_MASKED_EQ : SCMP_CMP_EQ,
                                       if_so[i].mask ? if_so[i].mask : if_so[i].value, if_so[i].value};

        if (!if_so[i].may[profile])
            continue;
        if (!is_added(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, if_so[i].call, 1, &compare)))
            return false;
        ++*count;
    }
    return true;
}

/* A process may end itself (abort), and nobody else. */
static bool add_own_signals(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp self = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};

    return is_added(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self)) &&
           is_added(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, &self));
}

static bool add_never(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < COUNT(never); i++)
        if (!is_added(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, never[i], 0)))
            return false;
    return true;
}

bool confine_is_sanitized(void)
{
    return CONFINE_IS_SANITIZED;
}

bool confine_has_calls(void)
{
    return !CONFINE_IS_SANITIZED && prctl(PR_GET_SECCOMP) >= 0;
}

static bool filter_build(scmp_filter_ctx filter, enum confine_profile profile, int *count)
{
    return filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
           seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
           add_allowed(filter, profile, count) && add_if_so(filter, profile, count) &&
           add_own_signals(filter) && add_never(filter);
}

static bool is_there(struct err *err)
{
    if (CONFINE_IS_SANITIZED)
        return FAIL(err, ERR_NOT_FOUND, "seccomp (a sanitizer is built in)");
    return confine_has_calls() || FAIL(err, ERR_NOT_FOUND, "seccomp (%s)", strerror(errno));
}

static bool is_loaded(int answer, struct err *err)
{
    if (answer == EINVAL || answer == ENOSYS || answer == EACCES || answer == EPERM)
        return FAIL(err, ERR_NOT_FOUND, "seccomp (%s)", strerror(answer));
    return answer == 0 || FAIL(err, ERR_IO, "seccomp: %s", strerror(answer));
}

bool confine_calls_apply(enum confine_profile profile, int *count, struct err *err)
{
    AUTO(filter_freep) scmp_filter_ctx filter = NULL;
    int left = 0;

    if (!is_there(err))
        return false;
    filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter_build(filter, profile, &left))
        return FAIL(err, ERR_IO, "seccomp: the table of calls makes no filter");
    if (!is_loaded(-seccomp_load(filter), err))
        return false;
    *count = left;
    return true;
}

/* ---- made once, used by many ------------------------------------------------------------------- */

struct confine_filter {
    struct sock_fprog program;
    struct sock_filter at[PROGRAM_MAX];
};

bool confine_prepare(struct confine *confine, struct err *err)
{
    AUTO(filter_freep) scmp_filter_ctx filter = NULL;
    AUTO(fd_closep) int fd = -1;
    struct confine_filter *made;
    struct err none = {0};
    int left = 0;
    ssize_t size;

    if (confine->wish == CONFINE_OFF || !is_there(&none))
        return true;
    filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    made = calloc(1, sizeof(*made));
    fd = memfd_create("filter", MFD_CLOEXEC);
    if (!made || fd < 0 || !filter_build(filter, confine->profile, &left) ||
        seccomp_export_bpf(filter, fd) != 0 || (size = pread(fd, made->at, sizeof(made->at), 0)) <= 0 ||
        size == (ssize_t)sizeof(made->at)) {
        free(made);
        return FAIL(err, ERR_IO, "seccomp: the table of calls makes no filter");
    }
    made->program = (struct sock_fprog){(unsigned short)((size_t)size / sizeof(made->at[0])), made->at};
    confine->filter = made;
    return true;
}

bool confine_filter_apply(const struct confine_filter *filter, struct err *err)
{
    return is_loaded(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter->program) == 0 ? 0 : errno, err);
}
