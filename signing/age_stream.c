#include "signing/age_stream.h"

#include <sodium.h>

#include "signing/age_stream_parts.h"

void age_chunks_start(struct age_chunks *chunks, const uint8_t *file_key,
                      const uint8_t nonce[AGE_NONCE_BYTES])
{
    chunks->key = age_locked_new(AGE_KEY_BYTES);
    age_hkdf(span_make(file_key, AGE_FILE_KEY_BYTES), span_make(nonce, AGE_NONCE_BYTES), "payload",
             chunks->key);
}

/* Eleven bytes of counter, big endian, and one that says whether this is the last chunk. */
static void chunk_nonce(uint64_t counter, bool is_last,
                        uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
    memset(nonce, 0, crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
    for (int i = 0; i < 8; i++)
        nonce[10 - i] = (uint8_t)(counter >> (8 * i));
    nonce[11] = is_last;
}

size_t age_chunk_seal(struct age_chunks *chunks, const uint8_t *plain, size_t size, bool is_last,
                      uint8_t *sealed)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

    chunk_nonce(chunks->counter++, is_last, nonce);
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plain, size, NULL, 0, NULL, nonce, chunks->key);
    return size + AGE_TAG_BYTES;
}

bool age_chunk_open(struct age_chunks *chunks, const uint8_t *sealed, size_t size, bool is_last,
                    uint8_t *plain)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

    chunk_nonce(chunks->counter, is_last, nonce);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, size, NULL, 0, nonce,
                                                  chunks->key) != 0)
        return false;
    chunks->counter++;
    return true;
}

int64_t age_payload_size(int64_t plain_bytes)
{
    int64_t chunks = plain_bytes == 0 ? 1 : (plain_bytes - 1) / AGE_CHUNK_BYTES + 1;

    return AGE_NONCE_BYTES + plain_bytes + chunks * AGE_TAG_BYTES;
}
