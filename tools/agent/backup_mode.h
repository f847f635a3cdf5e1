/* nightshift-agent backup: a backup now, as somebody at the panel asks for it. The agent that runs in the
 * folder makes it; where none runs, this program does, and nothing else meanwhile. */
#pragma once

#include <signal.h>

#include "tools/agent/printer.h"

struct backup_mode {
    struct agent *agent;
    struct printer *printer;
    struct arena *arena;
    const volatile sig_atomic_t *stop;
    bool is_json;
};

/* The backup's id goes to stdout. Returns 0 when there is one, else 1. */
int backup_mode(const struct backup_mode *mode);
