/* Is an export of the audit log whole and unchanged? Line by line, without the service. Names the first
 * record that is not what was written. Knows no file and no network.
 *
 *   {"_type":"nightshift-audit-1","tenant":"DEFAULT","tenant_id":1}                     the first line
 *   {"no":1,"at_ms":...,"who":...,"role":...,"what":...,"object":...,"detail":...,"source":...,"request":...,"digest":...}
 *   {"signatures":[...],"signed":{"_type":"audit-checkpoint",...}}                      anywhere behind the
 * first
 *
 * The digests alone find what was edited, taken out or moved by somebody who could not write all that follows
 * anew. Checkpoints and anchors find the rest: a log cut at its end, or written anew from some record on. Who
 * holds the online key can sign new checkpoints; an anchor that was kept elsewhere (syslog) is what they
 * cannot reach. */
#pragma once

#include "model/audit.h"
#include "signing/checkpoint.h"

#define AUDIT_LINE_MAX (64 * 1024)
#define AUDIT_RECORDS_MAX 10000000 /* of one export: 32 bytes of memory each */

struct audit_walk;

struct audit_walk_end {
    const char *tenant;        /* "" : there was nothing at all */
    int64_t count;             /* records */
    char digest[HASH_HEX_MAX]; /* of the last: worth keeping elsewhere, as an anchor */
    int64_t checkpoints,
        covered; /* how many there were; the last record that one of them or an anchor speaks for */
};

/* `roles`: who may have signed checkpoints (the timestamp role of each root). None: signatures are not looked
 * at. */
struct audit_walk *audit_walk_new(struct arena *arena, const struct tuf_keys *roles, size_t role_count);
/* A record's digest as it was once noted elsewhere: "17:3fb2...". */
bool audit_walk_anchor(struct audit_walk *walk, const char *anchor, struct err *err) CHECKED;
/* ERR_CONFLICT: not what was written; ERR_INVALID: no line of an export; ERR_FORBIDDEN: a checkpoint nobody
 * signed. */
bool audit_walk_line(struct audit_walk *walk, struct span line, struct err *err) CHECKED;
bool audit_walk_end(struct audit_walk *walk, struct audit_walk_end *out, struct err *err) CHECKED;
