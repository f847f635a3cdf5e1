/* IANA zones. The only file behind which the calendar library stands. Safe from any thread. */
#pragma once

#include "base/err.h"

/* Seconds east of UTC that `zone` has at the instant. ERR_INVALID names an unknown zone. */
bool zone_offset_s(const char *zone, int64_t at_ms, int64_t *offset_s, struct err *err) CHECKED;
bool zone_exists(const char *zone);
/* Laws of time change, and the system's tz database with them, while the service runs. True: it is another
 * one than at the last call, and what was read of the old one is forgotten. The first call remembers. */
bool zone_refresh(void);
