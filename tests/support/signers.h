/* A signer over a fresh folder, for tests: in this process, or behind a pipe with a thread at its other end.
 */
#pragma once

#include "signing/signer.h"
#include "support/unit.h"

struct signing {
    struct unit *unit;
    const char *dir;
    struct signers *signers;
    struct signer *image, *director; /* of tenant T */
};

struct signing *signing_here(struct unit *unit);
struct signing *signing_behind_a_pipe(struct unit *unit);
/* A new key file at a place, written as `nightshift init` does. */
struct key_public signing_key(struct signing *s, const char *place, enum signer_key which);
/* Where a log may go that nobody reads. */
int open_nowhere(void);
