/* A record of who did what, and what ties it to the one before it. Knows no store and no key.
 *
 * The records of a tenant are a chain: each has a number, from 1 without a gap, and a digest over the digest
 * before it and its own fields. Who changes, moves or takes out one must write all after it anew, and then
 * the last digest is no longer the one that others remember. */
#pragma once

#include "base/hash.h"

#define AUDIT_FORM "nightshift-audit-1" /* of the digest, and of an export */
/* The digest before the first record: 64 zeros. */
#define AUDIT_NO_DIGEST "0000000000000000000000000000000000000000000000000000000000000000"

struct audit {
    int64_t id, tenant_id, at_ms;
    int64_t no; /* in its tenant's chain */
    const char *who, *role, *what, *object, *detail, *source, *request_id;
    char digest[HASH_HEX_MAX];
};

/* SHA-256, in hex, over these as LENGTH:BYTES, each: the form, the digest before, no, tenant, at_ms, who,
 * role, what, object, detail, source, request. `id` and `digest` of the struct are not read. */
void audit_digest(const struct audit *audit, const char *before, char out[HASH_HEX_MAX]);
