#include "model/audit.h"

#include <inttypes.h>
#include <stdio.h>

/* LENGTH:BYTES, so that no field can lend bytes to its neighbour. */
static void add(struct hash *hash, const char *text)
{
    struct span bytes = span_of(text ? text : "");
    char head[24];

    snprintf(head, sizeof(head), "%zu:", bytes.size);
    hash_add(hash, span_of(head));
    hash_add(hash, bytes);
    hash_add(hash, span_of(","));
}

static void add_number(struct hash *hash, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    add(hash, text);
}

void audit_digest(const struct audit *audit, const char *before, char out[HASH_HEX_MAX])
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);

    add(hash, AUDIT_FORM);
    add(hash, before);
    add_number(hash, audit->no);
    add_number(hash, audit->tenant_id);
    add_number(hash, audit->at_ms);
    add(hash, audit->who);
    add(hash, audit->role);
    add(hash, audit->what);
    add(hash, audit->object);
    add(hash, audit->detail);
    add(hash, audit->source);
    add(hash, audit->request_id);
    hash_hex(hash, out);
}
