/* What an engineer's signature says, in words: before a key is used, its owner reads what would be signed. */
#pragma once

#include "signing/tuf.h"
#include "tools/nightshift/cli.h"

#define TO_SIGN_MAX (16 * 1024 * 1024)

struct sign_text { /* the bytes of a family's next TUF targets metadata, read strictly */
    struct span bytes;
    struct tuf_targets targets;
    const char *family;
    char digest[65];
};

/* ERR_FORBIDDEN for bytes that would say more than "these files are of this family": other families' paths,
 * delegations, one device's list. `family` NULL: any one family. */
bool sign_read(struct arena *arena, struct span bytes, const char *family, struct sign_text *out,
               struct err *err) CHECKED;
/* To stderr. `before`: what is published now, or NULL when it is not known. */
void sign_explain(struct cli *cli, const struct sign_text *text, const struct tuf_targets *before);

struct key;
/* Asks for the passphrase of a sealed key. */
bool sign_key(struct cli *cli, const char *path, struct key **out, struct err *err) CHECKED;
/* Asks, and prints a signature over the bytes as `release hand-in` and `trust submit` take it. */
bool sign_print(struct cli *cli, const char *key_path, struct span bytes, struct err *err) CHECKED;
/* {"keyid","sig"} */
void sign_write(struct json_out *json, const struct key *key, struct span bytes);
