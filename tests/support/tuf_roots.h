/* Roots as texts, for tests of keys that our writer never writes. */
#pragma once

#include "base/hash.h"
#include "signing/canonical.h"
#include "signing/tuf.h"
#include "support/tuf_text.h"

static inline char *key_id(struct unit *unit, const char *object)
{
    struct span bytes;
    char *id = arena_take(unit->arena, HASH_HEX_MAX);

    MUST(canonical_text(unit->arena, span_of(object), &bytes, &unit->err));
    hash_hex_of(HASH_SHA256, bytes, id);
    return id;
}

/* A root whose four roles all name these keys. */
static inline struct span root_of(struct unit *unit, const char *keys, const char *ids, int threshold)
{
    char *role = arena_printf(unit->arena, "{\"keyids\":[%s],\"threshold\":%d}", ids, threshold);

    return file_of(
        unit, "root",
        arena_printf(unit->arena,
                     ",\"consistent_snapshot\":true,\"keys\":{%s},\"roles\":{\"root\":%s,\"timestamp\":%s,"
                     "\"snapshot\":%s,\"targets\":%s}",
                     keys, role, role, role, role));
}

static inline bool root_read(struct unit *unit, struct span bytes, struct tuf_file *file,
                             struct tuf_root *root)
{
    return tuf_file_read(unit->arena, bytes, "root", file, &unit->err) &&
           tuf_root_read(unit->arena, file, root, &unit->err);
}
