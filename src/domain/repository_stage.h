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
    enum signer_key keys[2]; /* of SIGNER_TARGETS and SIGNER_ONLINE: which of ours the root names */
    bool is_turning;         /* the root that was staged names another online key than the one before */
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
/* The root in force, or the one that was staged. */
bool stage_root_now(struct stage *stage, struct tuf_root *out, struct err *err) CHECKED;
/* May the service's own key speak for targets alone? Else its people sign (domain/trust.h). */
bool stage_holds_targets(struct stage *stage, bool *out, struct err *err) CHECKED;
/* The next targets: one delegation for each family that enough engineers can sign for. Canonical bytes, not
 * signed and not staged. */
bool stage_targets_make(struct stage *stage, int64_t life_days, struct tuf_targets *out, struct span *bytes,
                        struct err *err) CHECKED;
bool stage_targets(struct stage *stage, struct err *err) CHECKED;
/* Signed by people: an envelope of the next version. */
bool stage_targets_signed(struct stage *stage, struct span envelope, struct err *err) CHECKED;
bool stage_snapshot(struct stage *stage, struct err *err) CHECKED;
bool stage_timestamp(struct stage *stage, struct err *err) CHECKED;

/* The publish gate: our own client, from root 1 and as one who has followed until now, must refresh and
 * resolve every target. A family whose engineers' keys were revoked is skipped until it is signed again, but
 * for `family`. */
bool stage_pass(const struct stage *stage, const char *family, struct err *err) CHECKED;
bool stage_write(const struct stage *stage, struct err *err) CHECKED;
/* After the commit: a next key that the root names is the key from now on. May be repeated. */
bool stage_promote(const struct stage *stage, struct err *err) CHECKED;
