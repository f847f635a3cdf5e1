#include <sodium.h>

#include "base/buf.h"
#include "signing/age_parts.h"

/* HMAC-SHA256 over up to two pieces; none of the spans is NULL, not even an empty one. libsodium's own HKDF
 * came after the version we need. */
static void hmac(struct span key, struct span first, struct span second, uint8_t out[32])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, (const uint8_t *)key.at, key.size);
    if (first.size)
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)first.at, first.size);
    if (second.size)
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)second.at, second.size);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
}

/* Extract, then the one step of Expand that gives 32 bytes. */
void age_hkdf(struct span secret, struct span salt, const char *info, uint8_t out[AGE_KEY_BYTES])
{
    uint8_t extracted[32];

    hmac(salt, secret, span_of(""), extracted);
    hmac(span_make(extracted, sizeof(extracted)), span_of(info), span_make("\1", 1), out);
    sodium_memzero(extracted, sizeof(extracted));
}

/* libsodium takes any byte beyond ASCII for a digit where char is signed. */
static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((uint8_t)text.at[i] > 0x7f)
            return false;
    return true;
}

bool age_decode64(struct span text, int variant, uint8_t *out, size_t room, size_t *size)
{
    return is_ascii(text) && sodium_base642bin(out, room, text.at, text.size, NULL, size, NULL, variant) == 0;
}

bool age_unbase64(struct span text, uint8_t *out, size_t size)
{
    size_t got;

    return text.size == (size * 4 + 2) / 3 &&
           age_decode64(text, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, out, size, &got) && got == size;
}

bool age_span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.at, text, span.size) == 0;
}
