/* One backup's header for another tenant key: fetched, wrapped anew here, handed back. The payload stays
 * where it is. */
#pragma once

#include "signing/age.h"
#include "tools/nightshift/cli.h"

/* Is there a backup whose key was not destroyed? */
bool backup_any(struct cli *cli, bool *out, struct err *err) CHECKED;

struct wrap {
    const struct age_identity *by;
    const char *from, *to; /* the tenant's recipient now and then */
};

/* `backup` is its JSON: the recipients beside the tenant's keep what they have. */
bool backup_wrap(struct cli *cli, const struct wrap *wrap, const struct json *backup, const char *id,
                 struct err *err) CHECKED;
