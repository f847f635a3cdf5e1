/* Bech32 (BIP 173, without its limit of 90 characters): the text form of age keys. Knows nothing of keys;
 * never puts the text it reads into a refusal, because it may be a secret. */
#pragma once

#include "base/base.h"
#include "base/err.h"

#define BECH32_BYTES_MAX 64 /* of data: more than any key of ours */
#define BECH32_CHARS(hrp_chars, bytes) ((hrp_chars) + 1 + ((bytes)*8 + 4) / 5 + 6)

/* Writes BECH32_CHARS characters and a NUL. The case of `hrp` is the case of the whole; at most
 * BECH32_BYTES_MAX bytes. */
void bech32_encode(const char *hrp, const uint8_t *bytes, size_t size, char *out);

/* Exactly `size` bytes under exactly this `hrp`, in its case. ERR_INVALID says which rule is broken: mixed or
 * wrong case, prefix, a character, length, checksum, spare bits. */
bool bech32_decode(struct span text, const char *hrp, uint8_t *out, size_t size, struct err *err) CHECKED;
