/* The next state of a repository, made in memory inside one tx: new files over those in the store, then the
 * publish gate, then written. Private to the repository files. */
#pragma once

#include "domain/repository.h"
#include "signing/signer.h"

#define STAGE_FILES_MAX 16

struct staged_file {
    const char *name;
    struct span bytes;
};

struct stage {
    struct repository of;
    struct signer *signer;
    const struct tuf_role_row *before; /* as the store has them */
    size_t before_count;
    struct tuf_role_row *roles; /* as they will be */
    size_t role_count;
    struct staged_file files[STAGE_FILES_MAX];
    size_t file_count;
};

bool stage_open(struct stage *stage, const struct repository *repository, struct err *err) CHECKED;
/* The row of a role, or NULL. */
const struct tuf_role_row *stage_role(const struct tuf_role_row *roles, size_t count, const char *role);
/* "3.aurora.json"; timestamp has no version. */
const char *stage_file_name(struct arena *arena, const char *role, int64_t version);
/* Staged, or else stored. */
bool stage_bytes(const struct stage *stage, struct arena *arena, const char *name, struct span *out,
                 struct err *err) CHECKED;

bool stage_root(struct stage *stage, int64_t version, struct span bytes, struct err *err) CHECKED;
bool stage_family(struct stage *stage, const char *family, struct span signed_bytes,
                  const struct tuf_signature *signatures, size_t count, struct err *err) CHECKED;
/* One delegation for each family that enough engineers can sign for. */
bool stage_targets(struct stage *stage, struct err *err) CHECKED;
bool stage_snapshot(struct stage *stage, struct err *err) CHECKED;
bool stage_timestamp(struct stage *stage, struct err *err) CHECKED;

/* The publish gate: our own client, from root 1 and as one who has followed until now, must refresh and
 * resolve every target. A family whose engineers' keys were revoked is skipped until it is signed again, but
 * for `family`. */
bool stage_pass(const struct stage *stage, const char *family, struct err *err) CHECKED;
bool stage_write(const struct stage *stage, struct err *err) CHECKED;
