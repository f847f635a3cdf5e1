/* The header of an age file: text that wraps the file key once for each recipient. Read strictly, written
 * anew for other recipients without touching the payload. Knows nothing of what is sealed.
 *
 *   age-encryption.org/v1
 *   -> X25519 <ephemeral share, 43 characters>      a stanza: kind, arguments, and a body in lines of 64
 *   <wrapped file key, 43 characters>
 *   --- <MAC, 43 characters>                        HMAC-SHA256, keyed by the file key, up to and with "---"
 *   payload: 16 bytes of nonce, then the chunks (age_stream.h)
 *
 * Sources: c2sp.org/age, "Header", "X25519" and "scrypt recipient type". */
#pragma once

#include "signing/age.h"

/* The format has no bounds; these are ours. 64 stanzas of X25519 take 6.3 KiB. */
#define AGE_HEADER_MAX (64 * 1024)
#define AGE_STANZAS_MAX 64
#define AGE_SHARE_BYTES 32
#define AGE_WRAPPED_BYTES 32 /* the file key's 16 and a Poly1305 tag */

struct age_stanza {
    struct span kind;  /* the first argument, "X25519" */
    struct span *args; /* those behind it */
    size_t arg_count;
    struct span body; /* decoded */
};

/* Points into the bytes it was parsed from, and into the arena. */
struct age_header {
    struct age_stanza *stanzas;
    size_t count;
    struct span maced; /* what the MAC is over */
    uint8_t mac[32];
    size_t size; /* bytes; the payload begins behind them */
};

struct age_stanzas {
    size_t x25519, scrypt, other; /* other: kinds we do not know, which others may open */
};

enum age_found { AGE_FOUND, AGE_CUT, AGE_REFUSED };

/* Where the payload begins, from the first bytes of a file. AGE_CUT: the header goes on behind them; ask
 * again with more, at most AGE_HEADER_MAX. AGE_REFUSED: `err` says why this is no header. Does not judge the
 * stanzas. */
enum age_found age_header_size(struct span start, size_t *size, struct err *err) CHECKED;

/* `bytes` may go on behind the header. ERR_INVALID or ERR_TOO_LARGE name the rule and the stanza. Stanzas of
 * unknown kinds are kept as they are; those of X25519 and scrypt must be well formed, and scrypt alone. */
bool age_header_parse(struct arena *arena, struct span bytes, struct age_header *out,
                      struct err *err) CHECKED;

/* How many stanzas of each kind. X25519 stanzas do not say whose they are: whether a certain recipient is
 * among them is known to its identity only (age_header_opens). */
bool age_header_stanzas(struct span bytes, struct age_stanzas *out, struct err *err) CHECKED;

/* Whether one of the identities opens it and the MAC holds. ERR_FORBIDDEN: none does. Passphrases cost what
 * the header asks, up to AGE_WORK_MAX. */
bool age_header_opens(struct span bytes, const struct age_by *by, struct err *err) CHECKED;

/* Header re-wrap: takes the file key out with one of the identities, and writes a header for other
 * recipients. The sealed file for them is `*header`, then the old file's bytes from `*payload_at` on, as they
 * are. The old header goes on opening the payload for its recipients: re-wrapping gives, it never takes away.
 */
bool age_rewrap(struct arena *arena, struct span bytes, const struct age_by *by, const struct age_to *to,
                struct span *header, size_t *payload_at, struct err *err) CHECKED;

/* One digest of a sealed file from those of its two parts: SHA-256 over the 32 bytes of the header's and the 32
 * bytes of the payload's SHA-256. A re-wrapped file has it without anybody reading the payload again. */
bool age_digest(struct span header, const char *payload_sha256, char out[65], struct err *err) CHECKED;
/* The same, of a file that is there. */
bool age_file_digest(int fd, char out[65], struct err *err) CHECKED;
