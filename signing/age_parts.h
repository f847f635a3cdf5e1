/* What the age files share: the inside of an identity, the file key and the derivations. Nobody else looks.
 */
#pragma once

#include "base/buf.h"
#include "signing/age.h"
#include "signing/age_header.h"

#define AGE_FILE_KEY_BYTES 16
#define AGE_KEY_BYTES 32 /* of every derived key */
#define AGE_X25519 "X25519"
#define AGE_SCRYPT "scrypt"
#define AGE_SALT_BYTES 16

struct age_identity {
    uint8_t scalar[32];
    char passphrase[AGE_PASSPHRASE_MAX];
    size_t passphrase_size; /* 0: this is an X25519 identity */
    int work;
    struct age_recipient open;
    bool is_locked;
};

/* Locked memory between guard pages, zero at first; sodium_free wipes. Never NULL. */
void *age_locked_new(size_t size);
void age_locked_freep(uint8_t **secret);

/* HKDF-SHA-256 (RFC 5869), 32 bytes out. */
void age_hkdf(struct span secret, struct span salt, const char *info, uint8_t out[AGE_KEY_BYTES]);
/* Canonical base64 of at most `room` bytes, in a variant of libsodium's, and of ASCII only. */
bool age_decode64(struct span text, int variant, uint8_t *out, size_t room, size_t *size);
/* Unpadded canonical base64 of exactly `size` bytes. */
bool age_unbase64(struct span text, uint8_t *out, size_t size);
bool age_span_is(struct span span, const char *text);

/* The file key wrapped for each of them, as the text of as many stanzas. */
bool age_wrap(const uint8_t *file_key, const struct age_to *to, struct buf *out, struct err *err) CHECKED;
/* Refuses a stanza of a kind we know that is against its rules. */
bool age_stanza_check(const struct age_stanza *stanza, struct err *err) CHECKED;

/* What trying a stanza comes to. AGE_BAD: it is against a rule that only trying shows, and `err` is full. */
enum age_try { AGE_MINE, AGE_NOT_MINE, AGE_BAD };
enum age_try age_unwrap(const struct age_stanza *stanza, const struct age_identity *identity,
                        uint8_t *file_key, struct err *err) CHECKED;

/* Takes the file key out with the first identity that can, and checks the MAC. `file_key` is locked memory.
 */
bool age_header_unwrap(const struct age_header *header, const struct age_by *by, uint8_t *file_key,
                       struct err *err) CHECKED;
/* A whole header around this file key. */
bool age_header_write(struct arena *arena, const uint8_t *file_key, const struct age_to *to, struct span *out,
                      struct err *err) CHECKED;
void age_header_mac(const uint8_t *file_key, struct span maced, uint8_t mac[32]);
