/* An engineer's uploads, spoken in tus. */
#pragma once

#include "base/hash.h"
#include "support/ops.h"
#include "support/unit.h"

#define DOOR "/api/v1/uploads"
#define WHO "Authorization: Bearer token-engineer\n"
#define TUS WHO "Tus-Resumable: 1.0.0\n"
#define CHUNK TUS "Content-Type: application/offset+octet-stream\n"

static inline struct answer make(struct ops *ops, const char *headers)
{
    return support_ask(&ops->s, "POST", DOOR, arena_printf(ops->s.arena, TUS "%s", headers), NULL);
}

/* The path of a new upload of that length. */
static inline const char *made(struct ops *ops, int64_t length)
{
    struct answer answer = make(ops, arena_printf(ops->s.arena, "Upload-Length: %lld", (long long)length));

    assert_int_equal(answer.status, 201);
    return strstr(support_header(&answer, "Location"), DOOR);
}

static inline struct answer head(struct ops *ops, const char *path)
{
    return support_ask(&ops->s, "HEAD", path, TUS, NULL);
}

static inline struct answer patch_with(struct ops *ops, const char *path, int64_t offset, const char *more,
                                       struct span bytes)
{
    return support_ask_bytes(&ops->s, "PATCH", path,
                             arena_printf(ops->s.arena, CHUNK "Upload-Offset: %lld\nContent-Length: %zu\n%s",
                                          (long long)offset, bytes.size, more),
                             bytes);
}

static inline struct answer patch(struct ops *ops, const char *path, int64_t offset, const char *text)
{
    return patch_with(ops, path, offset, "", span_of(text));
}

static inline int64_t offset_of(struct ops *ops, const char *path)
{
    struct answer answer = head(ops, path);

    assert_int_equal(answer.status, 200);
    return atol(support_header(&answer, "Upload-Offset"));
}

static inline const char *file_of(struct ops *ops, const char *path)
{
    return arena_printf(ops->s.arena, "%s/uploads/%s", ops->s.dir, strrchr(path, '/') + 1);
}

static inline const char *checksum(struct ops *ops, const char *name, enum hash_kind kind, const char *text)
{
    AUTO(hash_freep) struct hash *hash = hash_new(kind);
    uint8_t raw[32];

    hash_add(hash, span_of(text));
    hash_raw(hash, raw);
    return arena_printf(ops->s.arena, "Upload-Checksum: %s %s", name,
                        text_base64(ops->s.arena, span_make(raw, hash_size(kind))));
}
