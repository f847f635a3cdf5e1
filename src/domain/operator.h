/* People and pipelines: who they are, by a bearer token whose digest alone rests in the store. */
#pragma once

#include "domain/world.h"
#include "model/tenant.h"

#define OPERATOR_TOKEN_BYTES 32 /* of randomness in a token */

/* Whose token is this? ERR_UNKNOWN_WHO when nobody's, or its owner was revoked. *tenant_name in the arena. */
bool operator_by_token(struct world *world, struct arena *arena, const char *token, struct operator* out,
                       const char **tenant_name, struct err *err) CHECKED;
/* A new operator; *token (in the arena) is told once and never again. ERR_CONFLICT when the name is taken,
 * also by a revoked one: the audit log must not mean two people by one name. */
bool operator_make(struct world *world, const struct who *who, struct arena *arena, const char *name,
                   enum role role, int64_t now_ms, struct operator* out, const char **token,
                   struct err *err) CHECKED;
/* By name, after `after` ("": from the first); revoked ones, too. */
bool operator_list(struct world *world, const struct who *who, struct arena *arena, const char *after,
                   int64_t limit, struct operator** out, size_t *count, struct err *err) CHECKED;
/* Its token stops working with the next request. Revoking twice changes nothing. The last admin stays. */
bool operator_revoke(struct world *world, const struct who *who, const char *name, int64_t now_ms,
                     struct err *err) CHECKED;
