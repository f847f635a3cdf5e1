/* What the files of the snapshot share. Everybody else includes snapshot.h. */
#pragma once

#include "signing/snapshot.h"

/* backup.json: `out->categories` have counts, sizes and hashes, and no items yet. */
bool snapshot_head_read(struct arena *arena, struct span bytes, struct snapshot *out,
                        struct err *err) CHECKED;
struct span snapshot_head_write(struct arena *arena, const struct snapshot *snapshot);
