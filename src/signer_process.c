#include "signer_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "signer_files.h"
#include "signing/signer_pipe.h"

#define END_GRACE_MS 5000
#define READY '\0' /* else the first words on the pipe say why not */

/* ---- in the signer ------------------------------------------------------------------- */

/* Nothing of the service's but its log and the way back to it. */
static bool leave_files(int *fd, struct err *err)
{
    AUTO(fd_closep) int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
        return FAIL_ERRNO(err, "/dev/null");
    if (*fd != STDERR_FILENO + 1) {
        if (dup3(*fd, STDERR_FILENO + 1, O_CLOEXEC) < 0)
            return FAIL_ERRNO(err, "the signer's pipe");
        *fd = STDERR_FILENO + 1;
    }
    nothing = -1; /* closed with the rest */
    return close_range(STDERR_FILENO + 2, ~0U, 0) == 0 ||
           FAIL_ERRNO(err, "closing what the service has open");
}

static bool become(const struct passwd *user, struct err *err)
{
    if (user && (setgroups(0, NULL) != 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
                 setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0))
        return FAIL_ERRNO(err, "becoming the signer's user");
    return true;
}

/* *has_network: the kernel would not take it away (that needs CAP_SYS_ADMIN). */
static bool narrow(const struct passwd *user, bool *has_network, struct err *err)
{
    const struct rlimit no_core = {0, 0};

    *has_network = unshare(CLONE_NEWNET) != 0;
    if (!become(user, err))
        return false;
    /* Dumpable and the parent's death signal are reset by a change of uid, so they come last. */
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
        return FAIL_ERRNO(err, "narrowing the signer");
    return true;
}

/* That of a dev server may be a fast one, which only the service knows. */
static int64_t (*clock_of(const struct settings *settings))(void)
{
    return settings->clock_rate > 1 ? NULL : clock_now_ms;
}

/* Beside its socket and its log: the keys, and what it remembers. */
static bool confine(const struct settings *settings, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct confine_path paths[] = {
        {arena_printf(arena, "%s/trust", settings->data_dir), true},
        {arena_printf(arena, "%s/signer", settings->data_dir), true},
    };
    struct confine rights = {.profile = CONFINE_SIGNER, .paths = paths, .path_count = COUNT(paths)};

    return confine_wish_read(settings->sandbox, &rights.wish, err) && confine_begin(&rights, err) &&
           confine_calls(&rights, err);
}

static bool begin(const struct settings *settings, const struct passwd *user, int *fd,
                  struct signer_desk **desk, struct err *err)
{
    bool has_network = true;

    prctl(PR_SET_NAME, "nightshift-sign");
    if (!leave_files(fd, err) || !narrow(user, &has_network, err) ||
        !signer_desk_open(desk, settings->data_dir, clock_of(settings), err) || !confine(settings, err))
        return false;
    log_say(LOG_INFO, "signer.ready", "network", has_network ? "yes" : "no", "user",
            user ? user->pw_name : "the service's", NULL);
    return true;
}

/* The signals that stop the service are blocked here: the signer goes last, when the service closes its end. */
static bool serve_keys(const struct settings *settings, const struct passwd *user, int fd)
{
    AUTO(signer_desk_closep) struct signer_desk *desk = NULL;
    const char ready = READY;
    struct err err = {0}, none;
    bool is_begun = begin(settings, user, &fd, &desk, &err);

    if (!file_write_all(fd, is_begun ? span_make(&ready, 1) : span_of(err.text), &none) || !is_begun)
        return false;
    if (signer_pipe_serve(fd, desk, &err))
        return true;
    log_say(LOG_ERROR, "signer.failed", "why", err.text, NULL);
    return false;
}

/* ---- in the service ------------------------------------------------------------------ */

static bool user_find(const char *what, const char *name, const struct passwd **out, struct err *err)
{
    *out = NULL;
    if (text_blank(name) || geteuid() != 0)
        return text_blank(name) ||
               FAIL(err, ERR_INVALID, "the setting %s: only root can become %s", what, name);
    *out = getpwnam(name);
    return *out || FAIL(err, ERR_INVALID, "the setting %s: there is no user %s", what, name);
}

/* What a user of its own gets from root: the keys, in folders that the service still reads and writes. */
static bool hand_over(const struct settings *settings, uid_t uid, struct err *err)
{
    const struct passwd *service; /* getpwnam has one place for all: `uid` was copied */

    return user_find("user", settings->user, &service, err) &&
           signer_files_give(settings->data_dir, uid, service ? service->pw_gid : getegid(), err);
}

/* Without a user of its own it is the service's. */
static bool user_of(const struct settings *settings, const struct passwd **out, struct err *err)
{
    const char *own = settings->signer_user;

    *out = NULL;
    if (text_blank(own))
        return (geteuid() != 0 || user_find("user", settings->user, out, err)) &&
               signer_files_make(settings->data_dir, *out, err);
    return user_find("signer_user", own, out, err) && hand_over(settings, (*out)->pw_uid, err) &&
           user_find("signer_user", own, out, err);
}

static bool is_ready(int fd, struct err *err)
{
    char words[sizeof(err->text)];
    ssize_t got;

    do
        got = read(fd, words, sizeof(words) - 1);
    while (got < 0 && errno == EINTR);
    if (got > 0 && *words == READY)
        return true;
    words[got > 0 ? got : 0] = '\0';
    return FAIL(err, ERR_IO, "%s", got > 0 ? words : "it ended without a word");
}

bool signer_process_start(const struct settings *settings, struct signer_process *out, struct err *err)
{
    struct signer_process process = {.fd = -1};
    const struct passwd *user;
    int ends[2];

    if (!user_of(settings, &user, err))
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return FAIL_ERRNO(err, "the signer's pipe");
    process.pid = fork();
    if (process.pid == 0) /* what the service has open is not this process's to end */
        _exit(serve_keys(settings, user, ends[1]) ? 0 : 1);
    close(ends[1]);
    process.fd = ends[0];
    if (process.pid < 0 || !is_ready(process.fd, err)) {
        if (process.pid < 0)
            FAIL_ERRNO(err, "starting the signer");
        fd_closep(&process.fd);
        signer_process_end(&process);
        return false;
    }
    *out = process;
    return true;
}

void signer_process_end(struct signer_process *process)
{
    const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
    int64_t until_ms = clock_monotonic_ms() + END_GRACE_MS;

    if (process->pid <= 0)
        return;
    /* One that stays ends with this process (PR_SET_PDEATHSIG): to kill is not among what is left to us. */
    while (waitpid(process->pid, NULL, WNOHANG) == 0 && clock_monotonic_ms() < until_ms)
        nanosleep(&pause, NULL);
    process->pid = 0;
}
