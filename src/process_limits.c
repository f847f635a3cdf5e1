#include "process_limits.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/descriptors.h"
#include "base/heap.h"
#include "base/log.h"

void process_limits_set(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    heap_set();
    signal(SIGPIPE, SIG_IGN);
}

static void say_fewer(int64_t files, int64_t wanted, int64_t fit)
{
    char numbers[3][24];

    snprintf(numbers[0], sizeof(numbers[0]), "%" PRId64, files);
    snprintf(numbers[1], sizeof(numbers[1]), "%" PRId64, wanted);
    snprintf(numbers[2], sizeof(numbers[2]), "%" PRId64, fit);
    log_say(LOG_WARN, "connections.bounded", "open_files", numbers[0], "connections_max", numbers[1], "taken",
            numbers[2], "next", "raise the limit of open files: LimitNOFILE= of its unit, ulimit -n", NULL);
}

bool process_limits_fit(struct settings *settings, struct err *err)
{
    struct rlimit files;
    int64_t fit = 0;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return FAIL_ERRNO(err, "the limit of open files");
    const struct descriptors_wish wish = {
        .files = files.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)files.rlim_cur,
        .workers = settings->workers,
        .connections = settings->connections_max,
    };

    if (!descriptors_share(&wish, &fit, err))
        return false;
    if (fit < settings->connections_max)
        say_fewer(wish.files, settings->connections_max, fit);
    settings->connections_max = fit;
    return true;
}
