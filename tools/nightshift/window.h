/* --window 22:00-05:00 and --days mo,tu as the service's window object. */
#pragma once

#include "tools/nightshift/cli.h"

/* Adds "window" when --window was given; with_zone: --zone, too. --days without --window is misuse. */
bool window_add(struct cli *cli, struct json_out *body, bool with_zone, struct err *err) CHECKED;
