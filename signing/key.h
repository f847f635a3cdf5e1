/* Ed25519 keys and their files: one small text format, 0600, optionally sealed with a passphrase
 * (Argon2id + secretbox). Secrets live in locked memory and are wiped; they never reach err text or a log.
 *
 *   nightshift-key-1
 *   name: release-1
 *   public: <64 hex>
 *   secret: <64 hex seed>            (plain)   or
 *   limits: <opslimit> <memlimit>    (sealed)  and
 *   sealed: <salt hex> <nonce hex> <box hex> */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define KEY_ID_CHARS 64
#define KEY_SIG_HEX_CHARS 128
#define KEY_NAME_CHARS 64

struct key_public {
    char id[KEY_ID_CHARS + 1]; /* TUF key id: SHA-256 of the canonical key object */
    uint8_t bytes[32];
};

struct key; /* with its secret */

void key_freep(struct key **key);
bool key_make(const char *name, struct key **out, struct err *err) CHECKED;
/* 32-byte seed, for tests with fixed keys. */
bool key_from_seed(const char *name, const uint8_t seed[32], struct key **out, struct err *err) CHECKED;
/* Writes temp, fsync, rename; mode 0600; refuses to replace. passphrase NULL: plain. */
bool key_save(const struct key *key, const char *path, const char *passphrase, struct err *err) CHECKED;
/* ERR_FORBIDDEN when sealed and the passphrase is missing or wrong, or when group/others may read the file.
 */
bool key_load(const char *path, const char *passphrase, struct key **out, struct err *err) CHECKED;
bool key_is_sealed(const char *path);
const struct key_public *key_public(const struct key *key);
const char *key_name(const struct key *key);
/* Whether the kernel promised not to swap the secret out (RLIMIT_MEMLOCK may forbid it); worth a warning. */
bool key_is_locked(const struct key *key);
void key_sign(const struct key *key, struct span bytes, char sig_hex[KEY_SIG_HEX_CHARS + 1]);
bool key_verify(const struct key_public *key, struct span bytes, const char *sig_hex);
/* From 64 hex digits, either case; computes the id of the plain key object {keytype,keyval,scheme}. */
bool key_public_parse(const char *hex, struct key_public *out, struct err *err) CHECKED;
/* The public half of a key file, or a file "nightshift-pub-1 / name: / public:". */
bool key_public_load(const char *path, struct key_public *out, char name[KEY_NAME_CHARS + 1],
                     struct err *err) CHECKED;
bool key_public_save(const struct key_public *key, const char *name, const char *path,
                     struct err *err) CHECKED;
