/* What an update did to a device's settings, where its rollout asks (terms: compare, reapply): the last backup
 * before it against the one that follows it. In service custody category by category, and what is on the
 * list is put back by a restore; in customer custody by the number of items, and a person does the rest. What
 * came of it is told among the action's entries and in the device's dossier; values are never told. */
#pragma once

#include "domain/world.h"
#include "model/backup.h"
#include "store/drifts.h"

/* Inside a tx, of a backup that was just kept: is it the one to compare? */
bool drift_note(struct world *world, struct arena *arena, const struct backup *after,
                struct err *err) CHECKED;
/* What came of the device's newest update that asked for it, in words; *out NULL: none did. */
bool drift_last(struct world *world, struct arena *arena, int64_t device_id, struct drift **out,
                struct err *err) CHECKED;
/* Compares what waits for it. Called by the engine. */
bool drift_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
