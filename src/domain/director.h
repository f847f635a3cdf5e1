/* The director repository: what one device is told to run, signed for it alone (TUF 1.0; "x-device" in
 * timestamp, snapshot and targets). It is made from the device's actions and components and from nothing
 * else, so that DDI and director cannot disagree: whatever moves an action moves both, in one tx.
 *
 * Nothing is signed at a check-in. The files are signed when the timestamp is asked for and either what they
 * say has changed or half of a life is over; between, what was signed is served. Versions only rise, also
 * over a database that was put back: they are at least the seconds of their day. */
#pragma once

#include "domain/repository.h"
#include "model/action.h"
#include "model/device.h"

#define DIRECTOR_ROOT_DAYS 730

/* Pure. Of a device's actions, newest first: the one it is told to carry out now, or NULL. One that is called
 * back, was recalled or failed says nothing any more, so that the one before it does; what ended well is
 * installed. */
const struct action *director_assigned(const struct action *newest_first, size_t count);
/* What its targets list: the assigned components, with `action` in their custom, and what else is known to
 * run there; else the last assignment that was carried out. Empty for a machine that never carried one out and
 * runs nothing of ours. */
bool director_targets(struct world *world, struct arena *arena, const struct device *device,
                      struct tuf_targets *out, struct err *err) CHECKED;

struct director_file {
    struct span bytes;
    int64_t created_ms;
    bool needs_writer; /* must be signed first: ask again with may_write; nothing else is set */
};
/* timestamp.json, or N.ROLE.json. ERR_FORBIDDEN: a device that is not active is told nothing. */
bool director_file(struct world *world, struct arena *arena, const char *tenant, const struct device *device,
                   const char *name, bool may_write, int64_t now_ms, struct director_file *out,
                   struct err *err) CHECKED;
/* The newest root, or ERR_NOT_FOUND. */
bool director_newest_root(struct world *world, struct arena *arena, int64_t tenant_id, struct span *out,
                          struct err *err) CHECKED;

/* Does the service hold the root? Else people sign it, and their lead time counts (domain/freshness.h). */
bool director_is_held(const struct repository *repository);

/* Inside a tx: the tenant gets a director, its keys in service custody, if it has none. What lies in the
 * trust folder already is taken. */
bool director_found(const struct repository *repository, struct err *err) CHECKED;
/* Every tenant: founds what is missing, takes over the next root when it was put into the trust folder, makes
 * one at half of its life where the service holds the root key, and ends rotations. Called by the engine. */
bool director_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
