/* nightshiftd as a child: found beside this program, waited for, told to stop. */
#pragma once

#include "tools/nightshift/cli.h"

/* Beside us, in ../sbin, or by PATH. */
const char *daemon_path(struct arena *arena);

struct daemon_child {
    pid_t pid;
    int exit_code; /* once it has ended */
    bool is_over, is_stopping;
};

/* argv[0] is put in; argv ends with NULL. From here on SIGINT, SIGTERM and SIGCHLD are blocked and awaited.
 */
bool daemon_start(struct arena *arena, char **argv, struct daemon_child *out, struct err *err) CHECKED;
/* Waits up to ms for the end; forwards SIGINT and SIGTERM meanwhile. True: it has ended. */
bool daemon_wait(struct daemon_child *child, int64_t ms);
/* The URL in DIR/port, when a service answers there; NULL otherwise. */
const char *daemon_url(struct arena *arena, const char *dir);
bool daemon_is_ready(const char *url, const char *ca);
