/* Settings of a printer that does not exist: for demos, tests and the fleet. Pure but for simulate_mode().
 * The same model and seed make the same settings, within what the model can take. */
#pragma once

#include "signing/capability.h"

struct simulation {
    int64_t seed;
    int64_t addresses; /* entries of the address book; at most what the model holds */
    int64_t items_max; /* of every other category; 0: as many as a machine in use has */
};

/* Every category that the model has, settled; out has room for SNAPSHOT_KINDS. */
bool simulate_settings(struct arena *arena, const struct capability *capability,
                       const struct simulation *simulation, struct snapshot_category *out, size_t *count,
                       struct err *err) CHECKED;
/* Puts each word into a field of free text of its own, spread over the categories. ERR_TOO_LARGE: they do not
 * fit. */
bool simulate_canaries(struct arena *arena, const struct capability *capability,
                       struct snapshot_category *categories, size_t count, const char *const *words,
                       size_t word_count, struct err *err) CHECKED;
/* `nightshift-agent simulate`; argv[0] is "simulate". Returns 0 done, 1 refused, 2 misused. */
int simulate_mode(int argc, char **argv);
