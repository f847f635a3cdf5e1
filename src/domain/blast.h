/* What would be hit if this key, release, person or machine were revoked: asked before the button is pressed.
 * Changes nothing. */
#pragma once

#include "domain/world.h"
#include "store/blasts.h"

#define BLAST_NAMED 20 /* releases by name */

struct blast {
    struct blast_release *releases; /* that it signed, uploaded or is; newest first, at most BLAST_NAMED */
    size_t release_count;
    int64_t rollouts;     /* that are not over and bring one of them, or that the person made */
    int64_t holding;      /* devices with an open action of one of them */
    int64_t installed;    /* devices that run a component of one of them; of a device: 0 */
    bool must_sign_again; /* a key: what its family has published would no longer be signed by enough */
    const char *text;     /* in words */
};

bool blast_of_key(struct world *world, struct arena *arena, int64_t tenant_id, const char *family,
                  const char *keyid, struct blast *out, struct err *err) CHECKED;
bool blast_of_release(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct blast *out, struct err *err) CHECKED;
/* What it works on, and whether its settings are kept: it is heard of no more. */
bool blast_of_device(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                     struct blast *out, struct err *err) CHECKED;
bool blast_of_operator(struct world *world, struct arena *arena, int64_t tenant_id, const char *name,
                       struct blast *out, struct err *err) CHECKED;
