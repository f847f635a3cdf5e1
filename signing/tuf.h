/* TUF 1.0 metadata as facts: writing the five kinds in canonical form (kept to what every client reads), reading
 * and checking them. Bytes in, bytes out; `now` is an argument; no clock, no network, no files. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "signing/key.h"

#define TUF_SPEC "1.0.31"
#define TUF_KEYS_MAX 32       /* in one role */
#define TUF_SIGNATURES_MAX 64 /* in one file; more is refused before verifying any */

enum tuf_role { TUF_ROOT, TUF_TIMESTAMP, TUF_SNAPSHOT, TUF_TARGETS, TUF_ROLE__MAX };
extern const char *const tuf_role_name[TUF_ROLE__MAX];

struct tuf_other_key { /* a key of a kind we do not speak: read from a repository, never written */
    char id[KEY_ID_CHARS + 1];
    const char *type, *scheme, *text; /* keytype, scheme, keyval.public */
};
struct tuf_keys { /* who may speak for a role */
    const struct key_public *keys;
    size_t count;
    int64_t threshold;
    const struct tuf_other_key *others; /* do not count unless a tuf_verifier speaks their kind */
    size_t other_count;
};
/* The way in for other kinds of keys (the conformance entry point). Production has none: Ed25519 only. */
struct tuf_verifier {
    void *ctx;
    bool (*verify)(void *ctx, const struct tuf_other_key *key, struct span bytes, const char *sig_hex);
};

struct tuf_signature {
    char keyid[KEY_ID_CHARS + 1];
    char sig[KEY_SIG_HEX_CHARS + 1]; /* "": not signed yet, or (read) no Ed25519 signature */
};

/* ---- writing: each gives the canonical bytes of `signed` --------------------- */

/* What we publish stays below these sizes, so that every client in the field takes it. */
extern const int64_t tuf_write_bytes_max[TUF_ROLE__MAX];

struct tuf_root {
    int64_t version, expires_ms;
    struct tuf_keys roles[TUF_ROLE__MAX];
    bool has_plain_names; /* read: consistent_snapshot is not true; ours always is */
};
struct tuf_meta {     /* an entry of timestamp or snapshot */
    const char *name; /* "targets.json" */
    int64_t version;
    int64_t length;     /* 0: left out */
    const char *sha256; /* NULL: left out */
    /* What only a reader meets: */
    const char *sha512;
    bool has_unknown_hash; /* such a file cannot be checked, so it is refused when it comes */
};
struct tuf_target {
    const char
        *path; /* FAMILY/VERSION/FILE; read: whatever the repository calls it, tuf_path_check() before use */
    int64_t length;
    const char *sha256; /* read: NULL when the repository lists none */
    struct span custom; /* JSON object text, or empty */
    /* What only a reader meets: */
    const char *sha512;
    bool has_unknown_hash;
};
struct tuf_delegation {
    const char *name; /* the family */
    struct tuf_keys keys;
    const char *const *paths; /* "FAMILY/x/x" patterns */
    size_t path_count;
    bool is_passing; /* not terminating: a search that fails here goes on to the next delegation */
    /* What only a reader meets: */
    const char *const *hash_prefixes; /* instead of paths */
    size_t hash_prefix_count;
};
struct tuf_bins { /* succinct_roles (TAP 15), read only: 2^bits roles PREFIX-<hex> */
    const char *prefix;
    int64_t bits;
    struct tuf_keys keys;
};
struct tuf_targets {
    int64_t version, expires_ms;
    const struct tuf_target *targets;
    size_t target_count;
    const struct tuf_delegation *delegations; /* in order of priority */
    size_t delegation_count;
    const char *device;          /* "x-device" for the director repository, or NULL */
    const struct tuf_bins *bins; /* read: instead of delegations, or NULL */
};

bool tuf_root_write(struct arena *arena, const struct tuf_root *root, struct span *out,
                    struct err *err) CHECKED;
bool tuf_targets_write(struct arena *arena, const struct tuf_targets *targets, struct span *out,
                       struct err *err) CHECKED;
bool tuf_snapshot_write(struct arena *arena, int64_t version, int64_t expires_ms, const struct tuf_meta *meta,
                        size_t count, const char *device, struct span *out, struct err *err) CHECKED;
bool tuf_timestamp_write(struct arena *arena, int64_t version, int64_t expires_ms,
                         const struct tuf_meta *snapshot, const char *device, struct span *out,
                         struct err *err) CHECKED;
/* {"signatures":[...],"signed":...}: canonical, the bytes that are stored and served. */
bool tuf_envelope_write(struct arena *arena, struct span signed_bytes, const struct tuf_signature *signatures,
                        size_t count, struct span *out, struct err *err) CHECKED;
/* A target path is FAMILY/VERSION/FILE, each 1..128 of [A-Za-z0-9._+-], no component starting with a dot. */
bool tuf_path_check(const char *path, struct err *err) CHECKED;

/* ---- reading ----------------------------------------------------------------- */

struct tuf_file {                           /* a parsed envelope */
    const struct json *body;                /* `signed` */
    struct span signed_bytes;               /* canonical */
    const struct tuf_signature *signatures; /* those with a possible key id */
    size_t signature_count;
    const char *const *sig_texts; /* beside each signature: its text as it came, of any length */
    int64_t version, expires_ms;
    const char *device;                  /* "x-device", or NULL */
    const struct tuf_verifier *verifier; /* put here by who wants it; NULL: Ed25519 only */
};

/* Checks form: envelope, _type, spec_version major 1, version >= 1, exact expires; keyids unique. */
bool tuf_file_read(struct arena *arena, struct span bytes, const char *type, struct tuf_file *out,
                   struct err *err) CHECKED;
/* Distinct keys of `keys` whose signature verifies reach the threshold (by public key, not only by id). */
bool tuf_file_verify(const struct tuf_file *file, const struct tuf_keys *keys, struct err *err) CHECKED;
/* How many distinct keys of `keys` signed these bytes. */
int64_t tuf_count_valid(struct span signed_bytes, const struct tuf_signature *signatures, size_t count,
                        const struct tuf_keys *keys);
bool tuf_root_read(struct arena *arena, const struct tuf_file *file, struct tuf_root *out,
                   struct err *err) CHECKED;
bool tuf_meta_read(struct arena *arena, const struct tuf_file *file, struct tuf_meta **out, size_t *count,
                   struct err *err) CHECKED;
bool tuf_targets_read(struct arena *arena, const struct tuf_file *file, struct tuf_targets *out,
                      struct err *err) CHECKED;
/* Length (when given), every listed hash, and no hash that we cannot compute: ERR_CONFLICT otherwise. */
bool tuf_meta_check(const struct tuf_meta *meta, struct span bytes, struct err *err) CHECKED;
bool tuf_target_check(const struct tuf_target *target, struct span bytes, struct err *err) CHECKED;

/* ---- names ------------------------------------------------------------------- */

/* fnmatch by component, `*` and `?` never cross '/'. */
bool tuf_path_matches(const char *pattern, const char *path);
/* Literals, '*' and '?' only: what every client in the field reads alike. */
bool tuf_pattern_check(const char *pattern, struct err *err) CHECKED;
/* Where a repository keeps the bytes: DIR/HASH.BASE (sha256 when listed), or the path itself with plain
 * names. */
char *tuf_target_file(struct arena *arena, const struct tuf_target *target, bool has_plain_names);
