/* What the files of `backup` and `restore` share. */
#pragma once

#include "base/buf.h"
#include "tools/nightshift/cli.h"

/* The first word as a backup's ID. */
bool backup_id(struct cli *cli, const char **out, struct err *err) CHECKED;
char *backup_path(struct cli *cli, const char *id, const char *after);
/* Always false: after a refusal says what to do, where this noun knows better than the table of advices.
 * `conflict` is for ERR_CONFLICT; NULL: the table's. */
bool backup_no(struct cli *cli, const struct err *err, const char *conflict);

/* Who opens the tenant's backups. */
struct custody {
    const char *custody, *recipient;           /* "service", "customer"; "" and "": none yet */
    const char *next_custody, *next_recipient; /* "": no move is under way */
    int64_t left;                              /* headers still to be wrapped */
};
bool custody_get(struct cli *cli, struct custody *out, struct err *err) CHECKED;
bool custody_read(const struct json *answer, struct custody *out, struct err *err) CHECKED;
bool custody_is_customer(const struct custody *custody);

/* "10G" is 10,000,000,000: K, M, G and T are thousands, as everywhere we show bytes. */
bool bytes_parse(const char *text, const char *what, int64_t *out, struct err *err) CHECKED;

/* What changed, for people; "" is said, too. */
void diff_print(const char *text);
