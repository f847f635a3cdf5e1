/* The digest of a sealed file that a re-wrap knows without reading the payload. */
#include "signing/age_header.h"

#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"

#define PIECE_BYTES (256 * 1024)

bool age_digest(struct span header, const char *payload_sha256, char out[65], struct err *err)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    uint8_t raw[2][32];

    if (!text_is_hex(payload_sha256, 64) || !text_unhex(payload_sha256, raw[1], sizeof(raw[1])))
        return FAIL(err, ERR_INVALID, "the payload's digest is not one");
    hash_add(hash, header);
    hash_raw(hash, raw[0]);
    hash_add(hash, span_make(raw, sizeof(raw)));
    hash_hex(hash, out);
    return true;
}

static bool payload_hash(int fd, int64_t from, char out[65], struct err *err)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    AUTO(arena_freep) struct arena *arena = arena_new();
    char *piece = arena_take(arena, PIECE_BYTES);
    ssize_t got;

    while ((got = pread(fd, piece, PIECE_BYTES, from)) > 0) {
        hash_add(hash, span_make(piece, (size_t)got));
        from += got;
    }
    if (got < 0)
        return FAIL_ERRNO(err, "the sealed file");
    hash_hex(hash, out);
    return true;
}

bool age_file_digest(int fd, char out[65], struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    char *start = arena_take(arena, AGE_HEADER_MAX), payload[65];
    ssize_t got = pread(fd, start, AGE_HEADER_MAX, 0);
    size_t size;

    if (got < 0)
        return FAIL_ERRNO(err, "the sealed file");
    switch (age_header_size(span_make(start, (size_t)got), &size, err)) {
    case AGE_FOUND:
        break;
    case AGE_CUT:
        return FAIL(err, ERR_INVALID, "age header: cut");
    case AGE_REFUSED:
        return false;
    }
    return payload_hash(fd, (int64_t)size, payload, err) &&
           age_digest(span_make(start, size), payload, out, err);
}
