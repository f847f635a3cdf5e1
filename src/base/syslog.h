/* One line to the machine's syslog, for what must be remembered elsewhere. Not the log of the service
 * (log.h). */
#pragma once

#include "base/err.h"

/* A datagram to the socket at `path` ("/dev/log"), facility authpriv, level notice. It never waits: a daemon
 * that takes nothing is a refusal. */
bool syslog_say(const char *path, const char *text, struct err *err) CHECKED;
