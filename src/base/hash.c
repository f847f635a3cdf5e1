#include "base/hash.h"

#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

struct hash {
    gnutls_hash_hd_t under_way;
    enum hash_kind kind;
};

/* clang-format off */
static const struct {
    gnutls_digest_algorithm_t algorithm;
    size_t size;
} kinds[HASH__MAX] = {
    [HASH_SHA256] = {GNUTLS_DIG_SHA256, 32},
    [HASH_SHA1]   = {GNUTLS_DIG_SHA1,   20},
    [HASH_MD5]    = {GNUTLS_DIG_MD5,    16},
};
/* clang-format on */

/* These fail only without memory, or in a library without SHA-256: no way to go on. */
static void must(int answer)
{
    if (answer < 0)
        abort();
}

struct hash *hash_new(enum hash_kind kind)
{
    struct hash *hash = calloc(1, sizeof(*hash));

    if (!hash)
        abort();
    must(gnutls_hash_init(&hash->under_way, kinds[kind].algorithm));
    hash->kind = kind;
    return hash;
}

void hash_freep(struct hash **hash)
{
    if (!*hash)
        return;
    gnutls_hash_deinit((*hash)->under_way, NULL);
    free(*hash);
    *hash = NULL;
}

void hash_add(struct hash *hash, struct span bytes)
{
    if (bytes.size)
        must(gnutls_hash(hash->under_way, bytes.at, bytes.size));
}

static void to_hex(const uint8_t *raw, size_t size, char out[HASH_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * size] = '\0';
}

void hash_raw(struct hash *hash, uint8_t out[32])
{
    gnutls_hash_output(hash->under_way, out);
}

void hash_hex(struct hash *hash, char out[HASH_HEX_MAX])
{
    uint8_t raw[32];

    hash_raw(hash, raw);
    to_hex(raw, kinds[hash->kind].size, out);
}

size_t hash_size(enum hash_kind kind)
{
    return kinds[kind].size;
}

void hash_hex_of(enum hash_kind kind, struct span bytes, char out[HASH_HEX_MAX])
{
    uint8_t raw[32];

    must(gnutls_hash_fast(kinds[kind].algorithm, bytes.size ? bytes.at : "", bytes.size, raw));
    to_hex(raw, kinds[kind].size, out);
}

uint64_t hash_rank(struct span a, struct span b)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    uint8_t raw[32];
    uint64_t rank = 0;

    hash_add(hash, a);
    hash_add(hash, span_of("/"));
    hash_add(hash, b);
    hash_raw(hash, raw);
    for (int i = 0; i < 8; i++)
        rank = rank << 8 | raw[i];
    return rank;
}
