/* What the files of the TUF reader, writer and client share. Nobody outside signing/ includes it. */
#pragma once

#include "base/buf.h"
#include "signing/tuf.h"

#define TUF_ROLE_NAME_CHARS 128 /* of a delegated role that we write */

/* The signatures of an envelope, at most TUF_SIGNATURES_MAX and each key id once; sets nothing else. */
bool tuf_signatures_read(struct arena *arena, const struct json *list, struct tuf_file *out,
                         struct err *err) CHECKED;

/* From the members of a role ("keyids", "threshold") and the table of keys it points into. Every key id of
 * the table is recomputed; unknown kinds of keys are carried as `others`; a key id named twice in a role is
 * refused. */
struct tuf_key_table {
    const struct tuf_other_key *keys; /* of every kind, sorted by id */
    size_t count;
};
bool tuf_key_table_read(struct arena *arena, const struct json *object, struct tuf_key_table *out,
                        struct err *err) CHECKED;
bool tuf_role_keys_read(struct arena *arena, const struct tuf_key_table *table, const struct json *role,
                        const char *what, struct tuf_keys *out, struct err *err) CHECKED;

/* {"sha256":...,"sha512":...}: at least one, lower case. */
struct tuf_hashes {
    const char *sha256, *sha512;
    bool has_unknown;
};
bool tuf_hashes_read(const struct json *object, const char *what, struct tuf_hashes *out,
                     struct err *err) CHECKED;

/* One of the four names that no delegated role may take. */
bool tuf_is_top_level(const char *name);
