/* What sealing and opening share: the chunks and their counter. Nobody else looks. */
#pragma once

#include "signing/age_parts.h"
#include "signing/age_stream.h"

#define AGE_SEALED_BYTES (AGE_CHUNK_BYTES + AGE_TAG_BYTES)

struct age_chunks {
    uint8_t *key;     /* locked; the owner frees it */
    uint64_t counter; /* chunks done: 2^64 of them are more than any disk holds */
};

void age_chunks_start(struct age_chunks *chunks, const uint8_t *file_key,
                      const uint8_t nonce[AGE_NONCE_BYTES]);
/* Writes size + AGE_TAG_BYTES bytes and says how many that is. */
size_t age_chunk_seal(struct age_chunks *chunks, const uint8_t *plain, size_t size, bool is_last,
                      uint8_t *sealed);
/* Whether the tag holds; only then `plain` (size - AGE_TAG_BYTES bytes) is set and the counter moves. */
bool age_chunk_open(struct age_chunks *chunks, const uint8_t *sealed, size_t size, bool is_last,
                    uint8_t *plain);
