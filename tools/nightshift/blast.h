/* What would be hit, said before a key, a release, a person or a machine is revoked. */
#pragma once

#include "tools/nightshift/cli.h"

/* clang-format off */
#define BLAST_DRY_RUN { "dry-run", NULL, "only say what would be hit", false, false }
/* clang-format on */

/* Asks PATH/blast, says it, and asks whether to go on. *goes_on false: --dry-run, or a no. */
bool blast_ask(struct cli *cli, const char *path, const char *question, bool *goes_on,
               struct err *err) CHECKED;
