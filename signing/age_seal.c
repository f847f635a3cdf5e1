#include <sodium.h>
#include <stdlib.h>

#include "signing/age_stream_parts.h"

enum seal_state { SEAL_CHUNKS, SEAL_ENDED, SEAL_REFUSED };

struct age_seal {
    enum seal_state state;
    struct age_sink sink;
    struct age_chunks chunks;
    size_t filled;
    uint8_t plain[AGE_CHUNK_BYTES];
    uint8_t sealed[AGE_SEALED_BYTES];
};

void age_seal_freep(struct age_seal **seal)
{
    if (!*seal)
        return;
    age_locked_freep(&(*seal)->chunks.key);
    sodium_memzero((*seal)->plain, sizeof((*seal)->plain));
    free(*seal);
    *seal = NULL;
}

/* Header and nonce, and the payload key from both. */
static bool begin(struct age_seal *seal, const struct age_to *to, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    uint8_t nonce[AGE_NONCE_BYTES];
    struct span header;

    randombytes_buf(file_key, AGE_FILE_KEY_BYTES);
    randombytes_buf(nonce, sizeof(nonce));
    if (!age_header_write(arena, file_key, to, &header, err))
        return false;
    age_chunks_start(&seal->chunks, file_key, nonce);
    return seal->sink.write(seal->sink.to, header, err) &&
           seal->sink.write(seal->sink.to, span_make(nonce, sizeof(nonce)), err);
}

bool age_seal_begin(const struct age_to *to, const struct age_sink *sink, struct age_seal **out,
                    struct err *err)
{
    AUTO(age_seal_freep) struct age_seal *seal = calloc(1, sizeof(*seal));

    if (!seal)
        abort();
    seal->sink = *sink;
    if (!begin(seal, to, err))
        return false;
    *out = seal;
    seal = NULL;
    return true;
}

static bool write_chunk(struct age_seal *seal, bool is_last, struct err *err)
{
    size_t size = age_chunk_seal(&seal->chunks, seal->plain, seal->filled, is_last, seal->sealed);

    seal->filled = 0;
    if (!seal->sink.write(seal->sink.to, span_make(seal->sealed, size), err)) {
        seal->state = SEAL_REFUSED;
        return false;
    }
    return true;
}

static bool check_state(const struct age_seal *seal, struct err *err)
{
    return seal->state == SEAL_CHUNKS || FAIL(err, ERR_CONFLICT, "age payload: sealing has %s",
                                              seal->state == SEAL_ENDED ? "ended already" : "failed before");
}

/* A full chunk waits for the byte behind it: only then it is known not to be the last. */
bool age_seal_push(struct age_seal *seal, struct span bytes, struct err *err)
{
    if (!check_state(seal, err))
        return false;
    while (bytes.size > 0) {
        if (seal->filled == AGE_CHUNK_BYTES && !write_chunk(seal, false, err))
            return false;
        size_t size = AGE_CHUNK_BYTES - seal->filled;

        size = size < bytes.size ? size : bytes.size;
        memcpy(seal->plain + seal->filled, bytes.at, size);
        seal->filled += size;
        bytes = span_make(bytes.at + size, bytes.size - size);
    }
    return true;
}

bool age_seal_end(struct age_seal *seal, struct err *err)
{
    if (!check_state(seal, err) || !write_chunk(seal, true, err))
        return false;
    seal->state = SEAL_ENDED;
    return true;
}
