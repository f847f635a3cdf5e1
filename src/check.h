/* `nightshiftd --check`: reads every row and blob and says what is damaged. */
#pragma once

#include "base/base.h"

/* Exit code: 0 all is well, 1 something is damaged or cannot be read. Report on stdout (is_json: one object on one
 * line), progress and refusals on stderr. `sandbox`: the setting. */
int check_run(const char *dir, const char *subset, const char *sandbox, bool is_json);
