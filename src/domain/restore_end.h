/* How a restore ends: with the action that brought it, in the same transaction. Whoever moves an action asks
 * here. */
#pragma once

#include "model/action.h"
#include "model/restore.h"
#include "store/store.h"

/* Inside a tx, after the action has moved: its restore ends as the action did. One that nobody has taken yet
 * ends as soon as it is called back; one that the device has goes on until the device lets go of it. */
bool restore_settle(struct store *store, const struct action *action, int64_t now_ms,
                    struct err *err) CHECKED;

/* A device says that its restore is done: *why is what speaks against it (in the arena), or NULL. */
bool restore_falls_short(struct store *store, struct arena *arena, const struct action *action,
                         const char **why, struct err *err) CHECKED;

/* Is this one of the names in "a,b"? */
bool restore_has_category(const char *categories, const char *name);
