/* What the files of the snapshot share. Everybody else includes snapshot.h. */
#pragma once

#include "signing/snapshot.h"

/* One CATEGORY.json. Reading sorts items and fields and refuses doubles. */
bool snapshot_items_read(struct arena *arena, struct span bytes, struct snapshot_category *out,
                         struct err *err) CHECKED;
/* Checked and sorted, without bytes: how a writer's category becomes one that the reader would take. */
bool snapshot_items_settle(struct arena *arena, struct snapshot_category *category, struct err *err) CHECKED;
struct span snapshot_items_write(struct arena *arena, const struct snapshot_category *category);

/* backup.json: `out->categories` have counts, sizes and hashes, and no items yet. */
bool snapshot_head_read(struct arena *arena, struct span bytes, struct snapshot *out,
                        struct err *err) CHECKED;
struct span snapshot_head_write(struct arena *arena, const struct snapshot *snapshot);
