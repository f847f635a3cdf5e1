/* The agent's wire over one client of tools/common. */
#pragma once

#include "tools/agent/agent.h"

struct agent_wire wire_of(struct client *client);
