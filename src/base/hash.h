/* Digests through the TLS library, which has SHA-NI. SHA-1 and MD5 are DDI transport checksums only. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

enum hash_kind { HASH_SHA256, HASH_SHA1, HASH_MD5, HASH__MAX };

#define HASH_HEX_MAX 65 /* 64 digits and a NUL */

struct hash; /* a digest under way */

struct hash *hash_new(enum hash_kind kind);
void hash_freep(struct hash **hash);
void hash_add(struct hash *hash, struct span bytes);
/* Lower-case hex, NUL-terminated; the digest starts anew. */
void hash_hex(struct hash *hash, char out[HASH_HEX_MAX]);
void hash_raw(struct hash *hash, uint8_t out[32]); /* 32, 20 or 16 bytes are written */
size_t hash_size(enum hash_kind kind);

void hash_hex_of(enum hash_kind kind, struct span bytes, char out[HASH_HEX_MAX]);
/* 64 bits of SHA-256(a "/" b): the stable rank of a device in a rollout. */
uint64_t hash_rank(struct span a, struct span b);
