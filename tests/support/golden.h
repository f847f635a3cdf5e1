/* Bytes that must stay as they are: tests/golden/NAME.exp. With GOLDEN_WRITE=1 in the environment the file is
 * made anew; whoever does that reads the difference before committing it. */
#pragma once

#include "support/unit.h"

void golden_check(struct unit *unit, const char *name, struct span bytes);
