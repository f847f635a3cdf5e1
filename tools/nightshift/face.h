/* From argv to a command and back to an exit code; the texts that are made from the table of commands. */
#pragma once

#include "base/buf.h"
#include "tools/nightshift/cli.h"

#define FACE_SERVICE "To reach the service" /* the group of --url & co */

int face_main(const struct command *commands, int argc, char **argv);

/* The command's table row as the option parser wants it. */
struct option_face face_of(struct arena *arena, const struct command *command);
/* "release add", or "dev". */
const char *face_name(struct arena *arena, const struct command *command);
/* The list of commands; of one noun, or of all with NULL. */
void face_list(struct buf *out, const struct command *commands, const char *noun);
