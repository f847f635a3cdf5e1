/* Board swaps: a new identity that is an old machine, because a technician says so with a work order. Never
 * by itself. */
#pragma once

#include "domain/world.h"
#include "model/backup.h"
#include "model/device.h"

struct join_view {
    struct device_join join;
    const char *former; /* its controllerId */
};

struct join_wish {
    const char *former, *work_order;
    bool force_serial; /* the board with the serial is lost: another serial is no obstacle */
};
/* The former is retired; customer, site and tags go over where the new one has none. ERR_CONFLICT: serials
 * differ, one of the two was joined to another, this one is retired or quarantined, or both are the same.
 * Asking for the same again is fine. */
bool device_join(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                 const struct join_wish *wish, int64_t now_ms, struct err *err) CHECKED;

/* What this one was before, oldest first, over several swaps. */
bool join_list(struct world *world, struct arena *arena, const struct device *device, struct join_view **out,
               size_t *count, struct err *err) CHECKED;
/* Ids of the machine under all its names: this one first, then what it was before. */
bool join_line(struct world *world, struct arena *arena, int64_t device_id, int64_t **out, size_t *count,
               struct err *err) CHECKED;
/* controllerIds of others that claim its serial and were not joined to it, nor it to them. */
bool join_twins(struct world *world, struct arena *arena, const struct device *device, const char ***out,
                size_t *count, struct err *err) CHECKED;
/* Is `device` the machine that brought this backup, or joined to it over any number of swaps? */
bool join_is_same_chassis(struct world *world, struct arena *arena, const struct device *device,
                          int64_t source_device_id, bool *out, struct err *err) CHECKED;
