#include "base/ident.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/hash.h"
#include "base/mutant.h"

void ident_start(void)
{
    if (sodium_init() < 0) {
        fputs("libsodium does not start: no random numbers\n", stderr);
        abort();
    }
}

void ident_random(void *out, size_t size)
{
    randombytes_buf(out, size);
}

char *ident_new(struct arena *arena, size_t bytes)
{
    unsigned char *random = arena_take(arena, bytes);
    char *hex = arena_take(arena, 2 * bytes + 1);

    randombytes_buf(random, bytes);
    sodium_bin2hex(hex, 2 * bytes + 1, random, bytes);
    sodium_memzero(random, bytes);
    return hex;
}

char *ident_claim(struct arena *arena)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    unsigned char random[16];
    char *claim = arena_take(arena, 16 + 3 + 1);
    char *at = claim;

    randombytes_buf(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        if (i && i % 4 == 0)
            *at++ = '-';
        *at++ = alphabet[random[i] & 31];
    }
    sodium_memzero(random, sizeof(random));
    return claim;
}

bool ident_equal(const char *a, const char *b)
{
    if (!a || !b)
        return false;
    size_t size = strlen(a);

    return (size == strlen(b) || MUTANT_IS(38)) && sodium_memcmp(a, b, size) == 0;
}

void ident_digest(const char *token, char out[65])
{
    hash_hex_of(HASH_SHA256, span_of(token), out);
}

uint32_t ident_uniform(uint32_t below)
{
    return randombytes_uniform(below);
}
