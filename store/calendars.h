/* Holiday calendars and blackout dates at rest. What a day closes is the business of domain/window.c. */
#pragma once

#include "model/calendar.h"
#include "store/store.h"

/* Inside a tx: makes it or takes the place of what was there, days and all. */
bool store_calendar_put(struct store *store, struct arena *arena, const struct calendar *calendar,
                        const struct calendar_day *days, struct err *err) CHECKED;
/* Without the text it came as. */
bool store_calendar_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                        struct calendar *out, struct err *err) CHECKED;
bool store_calendar_ics(struct store *store, struct arena *arena, int64_t id, struct span *out,
                        struct err *err) CHECKED;
/* By name, after `after`. */
bool store_calendar_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *after,
                         int64_t limit, struct calendar **out, size_t *count, struct err *err) CHECKED;
/* Inside a tx, days and all. */
bool store_calendar_drop(struct store *store, int64_t id, struct err *err) CHECKED;
/* The first site that names it, or NULL. */
bool store_calendar_user(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                         const char **site, struct err *err) CHECKED;
/* Its days from `from_day` on. */
bool store_calendar_day_list(struct store *store, struct arena *arena, int64_t id, int64_t from_day,
                             int64_t limit, struct calendar_day **out, size_t *count,
                             struct err *err) CHECKED;
/* The days between the two, both included, of one calendar; ascending. None of one that is not there. */
bool store_calendar_closed(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                           int64_t from_day, int64_t to_day, int64_t **out, size_t *count,
                           struct err *err) CHECKED;

/* Inside a tx. The same customer and dates again change reason and author. *out is the row as it rests. */
bool store_blackout_put(struct store *store, struct arena *arena, const struct blackout *blackout,
                        struct blackout *out, struct err *err) CHECKED;
/* Ids above `after`. */
bool store_blackout_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                         int64_t limit, struct blackout **out, size_t *count, struct err *err) CHECKED;
bool store_blackout_drop(struct store *store, int64_t tenant_id, int64_t id, struct err *err) CHECKED;
/* Those of the customer and of the whole tenant that are not over on `from_day`; only dates are filled. */
bool store_blackout_closed(struct store *store, struct arena *arena, int64_t tenant_id, const char *customer,
                           int64_t from_day, struct blackout **out, size_t *count, struct err *err) CHECKED;
