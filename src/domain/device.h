/* One device: making it known, its token, and the facts a decision asks for. */
#pragma once

#include "domain/plans.h"
#include "domain/world.h"
#include "model/device.h"
#include "model/tenant.h"
#include "store/devices.h"

#define DEVICE_TOKEN_BYTES 16 /* 32 hex digits: the longest that old Zephyr clients can hold */

/* 1..256 characters of text without blanks, slashes or control bytes. */
bool device_id_check(const char *controller_id, struct err *err) CHECKED;

/* Inside a tx. Makes the device from the facts (controller_id, family, model, serial, customer, site, quirk,
 * state); *token is its new secret, shown once and kept as a digest. `out` is the row as it rests, in the
 * arena. ERR_CONFLICT when it is known. */
bool device_new(struct world *world, struct arena *arena, const struct device *facts, int64_t now_ms,
                struct device *out, const char **token, struct err *err) CHECKED;
/* Inside a tx: a new token, the old one stops working. */
bool device_token_new(struct world *world, struct arena *arena, int64_t device_id, const char **token,
                      struct err *err) CHECKED;

/* First contact of a device that a gateway token or a certificate vouches for: makes it, in its own tx, or
 * finds that another request just did. Fills who->device. */
bool device_meet(struct world *world, struct arena *arena, struct who *who, int64_t now_ms,
                 struct err *err) CHECKED;

/* Pure. suricatta takes "skip" as done, Zephyr does not read it: both would do the wrong thing with it. */
bool device_misreads_skip(const struct device *device);

/* Tags and attributes, read once; facts->device must be set. */
bool device_load(struct world *world, struct arena *arena, struct device_facts *facts,
                 struct err *err) CHECKED;

/* The rollouts that changed it; facts->device must be set. */
bool device_load_changes(struct world *world, struct arena *arena, struct device_facts *facts,
                         struct err *err) CHECKED;

/* Where and when it may be touched: its site; without one a place without a name, in the zone it reports,
 * else UTC. */
bool device_place(struct world *world, struct arena *arena, const struct device *device, struct site *out,
                  struct err *err) CHECKED;
