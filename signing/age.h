/* age v1 (c2sp.org/age): who can open a sealed file. Identities open, recipients are opened to. Knows X25519
 * and scrypt; no plugins, no SSH keys, no post-quantum kinds. Secrets live in locked memory, are wiped, and
 * never reach err text or a log.
 *
 *   age.h         keys, their text and their files      age_header.h   the header, and writing it anew
 *   age_stream.h  sealing and opening, streaming        age_armor.h    the text form of a sealed file
 *
 * Every refusal begins with what refused: "age key:", "age header:", "age header MAC:", "age recipient:"
 * (none of the identities opens the file), "age payload:", "age armor:". */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define AGE_RECIPIENT_CHARS 62 /* "age1" and 58: Bech32 of 32 bytes */
#define AGE_IDENTITY_CHARS 74  /* "AGE-SECRET-KEY-1" and 58 */
#define AGE_PASSPHRASE_MAX 1024

/* log2 of scrypt's N; memory is 2^work KiB. 18 is what `age` writes: 256 MiB for a second. */
#define AGE_WORK 18
#define AGE_WORK_MAX 20 /* 1 GiB is the most that a file may ask of us */

/* A Curve25519 point: the public half of an X25519 identity. A fact, freely copied. */
struct age_recipient {
    uint8_t point[32];
};

struct age_identity; /* with its secret: an X25519 scalar or a passphrase */

void age_identity_freep(struct age_identity **identity);
/* A new X25519 identity from the kernel's randomness. */
void age_identity_make(struct age_identity **out);
/* "AGE-SECRET-KEY-1...", upper case, nothing around it. ERR_INVALID names the rule, never the text. */
bool age_identity_parse(struct span text, struct age_identity **out, struct err *err) CHECKED;
/* Seals and opens by scrypt. 1 to AGE_PASSPHRASE_MAX bytes; `work` 1 to AGE_WORK_MAX is for sealing, a file
 * brings its own when it is opened. */
bool age_identity_passphrase(struct span passphrase, int work, struct age_identity **out,
                             struct err *err) CHECKED;
bool age_identity_is_passphrase(const struct age_identity *identity);
/* False when the kernel may swap the secret out (RLIMIT_MEMLOCK); worth a warning. */
bool age_identity_is_locked(const struct age_identity *identity);
/* The secret as text: the caller wipes it (sodium_memzero, explicit_bzero). X25519 only. */
void age_identity_text(const struct age_identity *identity, char out[AGE_IDENTITY_CHARS + 1]);
/* X25519 only. */
const struct age_recipient *age_identity_recipient(const struct age_identity *identity);

/* "age1...", lower case, nothing around it. A point of low order is refused: whatever is sealed to it is
 * open. */
bool age_recipient_parse(struct span text, struct age_recipient *out, struct err *err) CHECKED;
void age_recipient_text(const struct age_recipient *recipient, char out[AGE_RECIPIENT_CHARS + 1]);

/* Whom a file is sealed to: 1 to 64 recipients, or one passphrase and nobody else (the format's rule). */
struct age_to {
    const struct age_recipient *recipients;
    size_t count;
    const struct age_identity *passphrase; /* NULL, or count is 0 */
};

/* Who tries to open it. */
struct age_by {
    const struct age_identity *const *identities;
    size_t count;
};

/* Where bytes go as they come about, in pieces. False refuses them and ends the work with that err. */
struct age_sink {
    bool (*write)(void *to, struct span bytes, struct err *err);
    void *to;
};

/* ---- key files: what `age-keygen` writes and `age -i` reads
 * --------------------------------------------------
 *
 *   # public key: age1...
 *   AGE-SECRET-KEY-1...
 *
 * Sealed with a passphrase it is that text as an armored age file (`age -d -i` asks for the passphrase). */

/* Writes temp, fsync, rename; mode 0600; refuses to replace. passphrase NULL: plain. */
bool age_key_file_save(const struct age_identity *identity, const char *path,
                       const struct age_identity *passphrase, struct err *err) CHECKED;
/* The one X25519 identity of the file, at most 16 KiB; comments and empty lines are read over. ERR_FORBIDDEN
 * when group or others may read the file, or when it is sealed and the passphrase is missing or wrong. */
bool age_key_file_load(const char *path, const struct age_identity *passphrase, struct age_identity **out,
                       struct err *err) CHECKED;
