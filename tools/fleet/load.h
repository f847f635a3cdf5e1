/* Plain load without machines behind it: as many requests as C connections carry. */
#pragma once

#include "tools/fleet/fleet.h"

struct load_options {
    const char *kind; /* polls, download or handshakes */
    const char *path; /* of a download, below the service's URL */
    size_t connections;
};

/* Runs and reports on stdout. *is_done: there were answers and none failed. */
bool load_run(struct arena *arena, const struct fleet_options *fleet, const struct load_options *options,
              const volatile sig_atomic_t *stop, bool *is_done, struct err *err) CHECKED;
