/* The signer as a process of its own: forked before the first thread, it alone reads the online keys and
 * holds them, has no network where that may be taken away, and another uid where the service was started as
 * root. */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/settings.h"

struct signer_process {
    pid_t pid; /* 0: there is none */
    int fd;    /* the way to it; whoever takes it sets -1 */
};

/* While there is one thread, and before anything is open that the signer must not inherit. Returns once it is
 * ready. */
bool signer_process_start(const struct settings *settings, struct signer_process *out,
                          struct err *err) CHECKED;
/* After the way to it was closed, which tells it to go: waits for it. */
void signer_process_end(struct signer_process *process);
