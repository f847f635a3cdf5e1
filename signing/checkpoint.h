/* A checkpoint of the audit log: the service's word that a tenant's chain had this head at that time.
 * Canonical JSON in the envelope of TUF metadata, signed by the tenant's online key. Bytes in, facts out: no
 * clock, no records. */
#pragma once

#include "signing/tuf.h"

#define CHECKPOINT_TYPE "audit-checkpoint"
#define CHECKPOINT_BYTES_MAX (16 * 1024) /* with its envelope */

struct checkpoint {
    const char *tenant;
    int64_t no;         /* of the last record it speaks for, from 1 */
    const char *digest; /* of that record (model/audit.h) */
    int64_t at_ms;      /* whole seconds are kept */
};

/* The canonical bytes, which are what is signed. */
bool checkpoint_write(struct arena *arena, const struct checkpoint *checkpoint, struct span *signed_bytes,
                      struct err *err) CHECKED;
/* Strict: an unknown member is refused by name. `roles` are those who may have signed it, as of different
 * times: one of them must reach its threshold, or it is ERR_FORBIDDEN. With none of them the signature is not
 * looked at. */
bool checkpoint_read(struct arena *arena, const struct json *envelope, const struct tuf_keys *roles,
                     size_t role_count, struct checkpoint *out, struct err *err) CHECKED;
