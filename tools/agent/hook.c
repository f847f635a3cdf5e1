#include "tools/agent/printer.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define HOOKS_MAX 64

/* ---- finding them ------------------------------------------------------------- */

const char *hook_named(struct arena *arena, const char *dir, const char *folder, const char *name)
{
    char *path = arena_printf(arena, "%s/%s/%s", dir, folder, name);

    return access(path, X_OK) == 0 ? path : NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void dir_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

const char *const *hook_list(struct arena *arena, const char *dir, const char *folder)
{
    const char **list = ARENA_MANY(arena, const char *, HOOKS_MAX + 1);
    AUTO(dir_closep) DIR *open_dir = opendir(arena_printf(arena, "%s/%s", dir, folder));
    const struct dirent *entry;
    size_t count = 0;

    while (open_dir && count < HOOKS_MAX && (entry = readdir(open_dir))) {
        const char *path =
            isdigit((unsigned char)entry->d_name[0]) ? hook_named(arena, dir, folder, entry->d_name) : NULL;

        if (path)
            list[count++] = path;
    }
    qsort(list, count, sizeof(*list), by_name);
    return list;
}

/* ---- running one ---------------------------------------------------------------- */

/* It ends with the agent: after a crash there must not be two that flash. */
static void child(const char *const *argv, int out, pid_t parent)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127);
    setpgid(0, 0);
    if (null >= 0)
        dup2(null, 0);
    dup2(out, 1);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Keeps the first line, lets the rest pass. */
static void line_add(struct hook_result *result, size_t *size, bool *is_over, const char *at, size_t count)
{
    for (size_t i = 0; i < count && !*is_over; i++) {
        if (at[i] == '\n' || *size == sizeof(result->line) - 1)
            *is_over = true;
        else if ((unsigned char)at[i] >= ' ' && at[i] != 0x7f)
            result->line[(*size)++] = at[i];
    }
    result->line[*size] = '\0';
}

/* Until its output ends or the time is up. */
static bool drain(int in, int64_t end_ms, struct hook_result *result)
{
    struct pollfd wait = {.fd = in, .events = POLLIN};
    bool is_over = false;
    size_t size = 0;
    char bytes[512];
    ssize_t got = 1;

    while (got > 0) {
        int64_t left_ms = end_ms - clock_monotonic_ms();

        if (left_ms <= 0)
            return false;
        if (poll(&wait, 1, left_ms > 1000 ? 1000 : (int)left_ms) > 0) {
            got = read(in, bytes, sizeof(bytes));
            if (got > 0)
                line_add(result, &size, &is_over, bytes, (size_t)got);
        }
    }
    return true;
}

/* It closed its output; that it ends, too, is what we wait for. */
static bool reap(pid_t pid, int64_t end_ms, int *status)
{
    while (waitpid(pid, status, WNOHANG) == 0) {
        if (clock_monotonic_ms() >= end_ms)
            return false;
        usleep(5000);
    }
    return true;
}

bool hook_run(const char *const *argv, int64_t timeout_ms, struct hook_result *out, struct err *err)
{
    int64_t end_ms = clock_monotonic_ms() + timeout_ms;
    struct hook_result result = {.code = 0};
    AUTO(fd_closep) int in = -1;
    AUTO(fd_closep) int child_out = -1;
    int pipes[2], status = 0;
    pid_t parent = getpid(), pid;

    if (pipe2(pipes, O_CLOEXEC) != 0)
        return FAIL_ERRNO(err, "a pipe");
    in = pipes[0];
    child_out = pipes[1];
    pid = fork();
    if (pid < 0)
        return FAIL_ERRNO(err, argv[0]);
    if (pid == 0)
        child(argv, child_out, parent);
    fd_closep(&child_out);
    child_out = -1;
    if (!drain(in, end_ms, &result) || !reap(pid, end_ms, &status)) {
        kill(-pid, SIGKILL);
        waitpid(pid, &status, 0);
        return FAIL(err, ERR_BUSY, "%s has not ended in %lld s", argv[0], (long long)(timeout_ms / 1000));
    }
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    *out = result;
    return true;
}
