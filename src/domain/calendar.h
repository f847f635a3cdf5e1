/* Holiday calendars and blackout dates: how they come in, and what they close. None is built in: whoever runs
 * a fleet puts the calendars of its places, and sites name them. */
#pragma once

#include "domain/window.h"
#include "domain/world.h"
#include "model/calendar.h"
#include "model/device.h"
#include "model/tenant.h"

/* Days around today that a calendar is unrolled for: rules without an end go on for ten years. */
#define CALENDAR_DAYS_BACK 400
#define CALENDAR_EVENTS_MAX 2000

/* Pure. The all-day events of an iCalendar text, as ascending days without doubles, within the days around
 * today. A time of day is dropped: what has one counts for its local date, and UTC times are refused, for a
 * holiday is a day. CANCELLED events do not count. ERR_INVALID names the line and the rule it breaks; out
 * stays untouched. */
bool calendar_read(struct arena *arena, struct span ics, int64_t today, struct calendar_day **out,
                   size_t *count, struct err *err) CHECKED;

/* Makes it or takes the place of the one of that name. */
bool calendar_put(struct world *world, struct arena *arena, const struct who *who, const char *name,
                  struct span ics, int64_t now_ms, struct calendar *out, struct err *err) CHECKED;
/* With the text it came as. */
bool calendar_get(struct world *world, struct arena *arena, int64_t tenant_id, const char *name,
                  struct calendar *out, struct err *err) CHECKED;
bool calendar_list(struct world *world, struct arena *arena, int64_t tenant_id, const char *after,
                   int64_t limit, struct calendar **out, size_t *count, struct err *err) CHECKED;
/* ERR_CONFLICT while a site names it. */
bool calendar_drop(struct world *world, struct arena *arena, const struct who *who, const char *name,
                   int64_t now_ms, struct err *err) CHECKED;
/* "de-holidays,plant": names of calendars that are there, at most SITE_CALENDARS_MAX. */
bool calendar_names_check(struct world *world, struct arena *arena, int64_t tenant_id, const char *names,
                          struct err *err) CHECKED;

#define BLACKOUT_DAYS_MAX 366
/* The same customer and dates again change the reason. */
bool blackout_put(struct world *world, struct arena *arena, const struct who *who,
                  const struct blackout *wanted, int64_t now_ms, struct blackout *out,
                  struct err *err) CHECKED;
bool blackout_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t after, int64_t limit,
                   struct blackout **out, size_t *count, struct err *err) CHECKED;
bool blackout_drop(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   int64_t now_ms, struct err *err) CHECKED;

/* What keeps the device's windows shut: the calendars its site names, the blackouts of its customer and of
 * all. */
bool closures_load(struct world *world, struct arena *arena, const struct device *device,
                   const struct site *site, int64_t now_ms, struct closures *out, struct err *err) CHECKED;
