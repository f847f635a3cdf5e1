/* Product lines: which models they have, which engineers sign for them and how many must. Every change of who
 * may sign is in the TUF targets role before it is answered. */
#pragma once

#include "base/json.h"
#include "domain/repository.h"

#define FAMILIES_OF_TENANT 200 /* all of them are in one metadata file */
#define FAMILY_MODELS_MAX 200
#define FAMILY_NAME_CHARS 64

struct family_view {
    struct family family;
    const struct engineer_key *keys; /* revoked ones, too */
    size_t key_count;
};

bool family_get(struct world *world, const struct who *who, struct arena *arena, const char *name,
                struct family_view *out, struct err *err) CHECKED;
bool family_list(struct world *world, const struct who *who, struct arena *arena, int64_t after,
                 int64_t limit, struct family_view **out, size_t *count, struct err *err) CHECKED;
/* models: a JSON list of names, or NULL for none. */
bool family_make(struct world *world, const struct who *who, struct arena *arena, const char *name,
                 int64_t threshold, const struct json *models, int64_t now_ms, struct family_view *out,
                 struct err *err) CHECKED;
bool family_key_add(struct world *world, const struct who *who, struct arena *arena, const char *family,
                    const char *name, const char *public_hex, int64_t now_ms, struct family_view *out,
                    struct err *err) CHECKED;
/* Its signatures count no more. Revoking twice changes nothing. */
bool family_key_revoke(struct world *world, const struct who *who, struct arena *arena, const char *family,
                       const char *keyid, int64_t now_ms, struct err *err) CHECKED;

/* ---- inside a tx, for these and the bootstrap ---- */
bool family_put(const struct repository *repository, const char *name, int64_t threshold,
                const struct json *models, struct family *out, struct err *err) CHECKED;
bool family_key_put(const struct repository *repository, const struct family *family, const char *name,
                    const char *public_hex, const char **keyid, struct err *err) CHECKED;
/* Is every model of the JSON list `models` one of the family's? A family without models takes any. */
bool family_covers(struct arena *arena, const struct family *family, const char *models,
                   struct err *err) CHECKED;
