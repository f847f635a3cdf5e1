/* Random names and secrets, and comparing them in constant time. The other file that knows libsodium
 * besides signing/. */
#pragma once

#include "base/arena.h"
#include "base/base.h"

void ident_start(void); /* once, before anything else here; aborts on failure */
void ident_random(void *out, size_t size);
char *ident_new(struct arena *arena, size_t bytes); /* lower-case hex of that many random bytes */
char *ident_claim(struct arena *arena);             /* XXXX-XXXX-XXXX-XXXX, Crockford base32, 80 bits */
bool ident_equal(const char *a, const char *b);     /* constant time in the content; NULL is never equal */
/* What rests in the store for a token: hex SHA-256. Tokens hold >= 128 random bits, so no salt is needed. */
void ident_digest(const char *token, char out[65]);
uint32_t ident_uniform(uint32_t below);
