/* The agent's wire over one client of tools/common, with a log of what went over it where one is wanted. */
#pragma once

#include "tools/agent/agent.h"

#define WIRE_LOG_BYTES_MAX (1024 * 1024) /* then it becomes FILE.1, and the one before that goes */

/* `log` NULL: none. Each request is a line of JSON (tools/common/reconcile.h), also one without an answer. A
 * log that cannot be written keeps no machine from being updated. */
struct agent_wire wire_of(struct arena *arena, struct client *client, const char *log);
