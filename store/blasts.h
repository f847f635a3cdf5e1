/* What hangs on a key, a release or a person. Counts that nobody polls. */
#pragma once

#include "model/release.h"
#include "store/store.h"

struct blast_release {
    int64_t id;
    const char *version;
    enum release_state state;
    int64_t signatures; /* handed in for it, by whomever */
};
struct blast_counts {
    int64_t rollouts, holding, installed;
};

/* Newest first. */
bool store_blast_signed(struct store *store, struct arena *arena, int64_t tenant_id, const char *keyid,
                        int64_t limit, struct blast_release **out, size_t *count, struct err *err) CHECKED;
bool store_blast_uploaded(struct store *store, struct arena *arena, int64_t tenant_id, const char *operator,
                          int64_t limit, struct blast_release **out, size_t *count, struct err *err) CHECKED;
/* Of one release. */
bool store_blast_count(struct store *store, int64_t tenant_id, int64_t release_id, struct blast_counts *out,
                       struct err *err) CHECKED;
/* Rollouts of a person that are not over. */
bool store_blast_made(struct store *store, int64_t tenant_id, const char *operator, int64_t * out,
                      struct err *err) CHECKED;
