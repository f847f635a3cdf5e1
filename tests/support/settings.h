/* Settings of an invented device, one row a field, and the snapshot they make. */
#pragma once

#include "signing/snapshot.h"
#include "support/unit.h"

struct setting_row { /* rows of one item follow each other */
    const char *category, *id, *field, *value;
};

/* Serial "SN-1", controller "mfp-1", family "mfp-3100", a fixed time, system 4.2.10 and engine 2.0. */
struct snapshot settings_snapshot(struct arena *arena, const char *model, const struct setting_row *rows,
                                  size_t count);
/* Written and read back, in a file without a name that is open for reading. */
int settings_fd(struct unit *unit, const struct snapshot *snapshot);
struct snapshot settings_round(struct unit *unit, const struct snapshot *snapshot);
struct span settings_bytes(struct unit *unit, const struct snapshot *snapshot);
/* Settings of three categories, out of order. */
#define SETTINGS_FEW 6
extern const struct setting_row settings_few[SETTINGS_FEW];
struct snapshot settings_good(struct arena *arena);
