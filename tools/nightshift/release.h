/* What the files of `release` share. */
#pragma once

#include "tools/nightshift/cli.h"

/* The ID of the command line: digits. MISUSE otherwise. */
bool release_id(struct cli *cli, const char **out, struct err *err) CHECKED;
/* "/api/v1/releases/ID" and what follows. */
char *release_path(struct cli *cli, const char *id, const char *after);
/* Facts, components and signatures; JSON with --json. */
void release_show(struct cli *cli, const struct json *release);
/* "3 of 2 signatures": how far it is, and what comes next. */
void release_say_next(const struct json *release);
