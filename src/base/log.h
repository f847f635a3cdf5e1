/* One line per event: time level event key=value ... Values are escaped and cut at 512 bytes: a stranger's
 * bytes cannot start a line. Secrets never come here. */
#pragma once

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__MAX };
extern const char *const log_level_name[LOG__MAX];

void log_start(enum log_level least, int fd);

/* False: a line of that level goes nowhere, and need not be made. */
bool log_tells(enum log_level level);

/* Pairs of const char *key, const char *value, ended by NULL; a NULL value skips its pair.
 * log_say(LOG_INFO, "rollout.halted", "rollout", id, "reason", text, NULL); */
void log_say(enum log_level level, const char *event, ...) __attribute__((sentinel));
