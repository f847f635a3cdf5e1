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

/* As UNIT, over both. */
#define BOTH_WAYS(name)                                                                                      \
    UNIT(name##_here)                                                                                        \
    {                                                                                                        \
        name(unit, signing_here(unit));                                                                      \
    }                                                                                                        \
    UNIT(name##_behind_a_pipe)                                                                               \
    {                                                                                                        \
        name(unit, signing_behind_a_pipe(unit));                                                             \
    }
#define BOTH_TESTS(name) UNIT_TEST(name##_here), UNIT_TEST(name##_behind_a_pipe)

struct signing *signing_here(struct unit *unit);
struct signing *signing_behind_a_pipe(struct unit *unit);
/* A new key file at a place, written as `nightshift init` does. */
struct key_public signing_key(struct signing *s, const char *place, enum signer_key which);
/* The service starts again: what is not on disk is forgotten. */
void signing_restart(struct signing *s);
/* Where a log may go that nobody reads. */
int open_nowhere(void);
