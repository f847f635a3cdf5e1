/* Rollouts through the operators' doors, to devices that answer by hand. Devices are of family "c450" (see
 * support_device), releases made by ddi_release(). */
#pragma once

#include "support/ddi.h"
#include "support/ops.h"

/* POST /rollouts as an engineer: {"name":"rK","release":N MORE}; K counts from 0. */
struct answer rollouts_make(struct ops *ops, int64_t release, const char *more);
/* Made, and started; its id. */
int64_t rollouts_started(struct ops *ops, int64_t release, const char *more);
struct answer rollouts_do(struct ops *ops, int64_t id, const char *deed); /* "start", "pause", ... */
struct answer rollouts_get(struct ops *ops, int64_t id);
/* Active devices "PREFIX-0" ... of QUIRK_NONE, with these tags (a JSON list, or NULL). */
void rollouts_devices(struct ops *ops, const char *prefix, int count, const char *tags);
/* Polls; the action it is shown at `rel`, or 0. */
int64_t rollouts_offer(struct ops *ops, const char *id, const char *rel);
/* The gate weighs, a minute later. */
void rollouts_tick(struct ops *ops);
const char *rollouts_id(struct ops *ops, const char *prefix, int no);
const char *rollouts_state(struct ops *ops, int64_t id);
/* The device takes its offer and reports it good or bad. */
void rollouts_finish(struct ops *ops, const char *id, bool is_good);
