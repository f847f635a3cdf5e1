/* How much life each role's metadata has left, and when people are told: expired metadata stops every device,
 * and it is the commonest outage of all. Signs nothing; that is repository.h. */
#pragma once

#include "base/buf.h"
#include "domain/world.h"

/* In the order in which a role that nobody signs passes them. */
enum freshness { FRESH, FRESH_HALF, FRESH_60, FRESH_30, FRESH_14, FRESH_7, FRESH_EXPIRED, FRESH__MAX };
extern const char *const freshness_name[FRESH__MAX];

/* Pure. What the service signs by itself it signs at half of its life, so half of what is then left is the
 * alarm: 3/4. What people sign (is_offline) alarms at half of its life, and 60, 30, 14 and 7 days before the
 * end, as far as those lie in the second half. */
enum freshness freshness_of(int64_t signed_ms, int64_t expires_ms, bool is_offline, int64_t now_ms);

/* Every tenant's roles: logs each step once, when it is passed, and whatever is passed within an hour of a
 * start. Called by the engine, each hour of FRESHNESS_EVERY_MS. */
#define FRESHNESS_EVERY_MS (60 * 60 * 1000LL)
bool freshness_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
/* Prometheus lines: the step of each role as a number, 0 for none; what one alarms on is > 0. */
void freshness_figures(struct world *world, int64_t now_ms, struct buf *out);
