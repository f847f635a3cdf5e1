/* DIR/agent.conf: "name = value" lines with the names of the command line's options, # comments. */
#pragma once

#include "tools/common/options.h"

/* Reads argv, then the file for every option that argv does not give. There need not be a file. Refusals name
 * file and line. */
bool conf_options(struct arena *arena, const struct option_face *face, int argc, char **argv,
                  const char *default_dir, struct options *out, struct err *err) CHECKED;
