/* Operators at rest: people and pipelines with a bearer token, of which only the digest is here. */
#pragma once

/* clang-format off: "operator" is a word of C++ to it */

#include "model/tenant.h"
#include "store/store.h"

/* ERR_CONFLICT when the name was ever used: the audit log must not speak of two people by one name. */
bool store_operator_put(struct store *store, const struct operator *operator, const char *token_hash,
                        int64_t *id, struct err *err) CHECKED;
bool store_operator_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                        struct operator *out, struct err *err) CHECKED;
/* By the digest of the token shown; also a revoked one, which has revoked_ms. */
bool store_operator_find(struct store *store, struct arena *arena, const char *token_hash,
                         struct operator *out, struct err *err) CHECKED;
/* By name, after `after` ("": from the first); revoked ones, too. */
bool store_operator_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *after,
                         int64_t limit, struct operator **out, size_t *count, struct err *err) CHECKED;
/* Revokes. *moved false: unknown, or revoked before. */
bool store_operator_move(struct store *store, int64_t tenant_id, const char *name, int64_t revoked_ms,
                         bool *moved, struct err *err) CHECKED;
/* Those of a role who are not revoked. */
bool store_operator_count(struct store *store, int64_t tenant_id, enum role role, int64_t *count,
                          struct err *err) CHECKED;
