#include "tools/nightshift/daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define READY_TIMEOUT_MS 2000

extern char **environ;

const char *daemon_path(struct arena *arena)
{
    static const char *const places[] = {"nightshiftd", "../sbin/nightshiftd"};
    char self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    while (size > 0 && self[size - 1] != '/')
        size--;
    for (size_t i = 0; size > 0 && i < COUNT(places); i++) {
        const char *path = arena_printf(arena, "%.*s%s", (int)size, self, places[i]);

        if (access(path, X_OK) == 0)
            return path;
    }
    return "nightshiftd";
}

static sigset_t awaited(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    return signals;
}

static void run_child(char **argv, const sigset_t *before, pid_t parent)
{
    sigprocmask(SIG_SETMASK, before, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody is left behind when we are killed */
    if (getppid() != parent)
        _exit(1);
    unsetenv("NIGHTSHIFT_PASSPHRASE");
    execvp(argv[0], argv);
    dprintf(STDERR_FILENO, "cannot run %s\n", argv[0]);
    _exit(127);
}

bool daemon_start(struct arena *arena, char **argv, struct daemon_child *out, struct err *err)
{
    sigset_t signals = awaited(), before;
    pid_t parent = getpid(), pid;

    argv[0] = arena_dup(arena, daemon_path(arena));
    sigprocmask(SIG_BLOCK, &signals, &before);
    pid = fork();
    if (pid < 0)
        return FAIL_ERRNO(err, "starting nightshiftd");
    if (pid == 0)
        run_child(argv, &before, parent);
    *out = (struct daemon_child){.pid = pid};
    return true;
}

static bool reap(struct daemon_child *child)
{
    int status;

    if (!child->is_over && waitpid(child->pid, &status, WNOHANG) == child->pid) {
        child->is_over = true;
        child->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    return child->is_over;
}

bool daemon_wait(struct daemon_child *child, int64_t ms)
{
    sigset_t signals = awaited();
    int64_t end_ms = clock_monotonic_ms() + ms, left_ms;

    while (!reap(child) && (left_ms = end_ms - clock_monotonic_ms()) > 0) {
        struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};
        int got = sigtimedwait(&signals, NULL, &left);

        if (got == SIGINT || got == SIGTERM) {
            cli_stop = got;
            child->is_stopping = true;
            kill(child->pid, SIGTERM);
        }
    }
    return child->is_over;
}

const char *daemon_url(struct arena *arena, const char *dir)
{
    const char *path = arena_printf(arena, "%s/port", dir);
    struct err ignored;
    struct span text;

    if (!file_exists(path) || !file_read(arena, path, 256, &text, &ignored) ||
        !text_starts(text.at, "https "))
        return NULL;
    return arena_printf(arena, "https://127.0.0.1:%.*s", (int)strcspn(text.at + 6, "\r\n"), text.at + 6);
}

bool daemon_is_ready(const char *url, const char *ca)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(client_closep) struct client *client = NULL;
    struct client_options options = {
        .base_url = url, .ca_file = ca, .proxy = "", .answer_timeout_ms = READY_TIMEOUT_MS};
    struct answer answer;
    struct err ignored;

    return client_open(&options, &client, &ignored) &&
           client_ask(client, arena, "GET", "/readyz", NULL, (struct span){NULL, 0}, &answer, &ignored) &&
           answer.status == 200;
}
