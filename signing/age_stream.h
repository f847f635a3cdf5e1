/* Sealing and opening age files of any size in bounded memory (64 KiB of buffer, whatever the size): bytes
 * are pushed in as they come, results go to a sink. Knows the binary form; age_armor.h makes text of it.
 *
 *                push            push             end
 *   seal:   NEW -----> (header) -----> CHUNKS -----------> ENDED
 *   open:   HEADER ---> NONCE ---> CHUNKS ---> LAST ------> ENDED
 *                any refusal: REFUSED, and every later call is refused with ERR_CONFLICT
 *
 * The payload is ChaCha20-Poly1305 in chunks of 64 KiB (STREAM); only the last may be shorter, and it says
 * that it is the last. Source: c2sp.org/age, "Payload". */
#pragma once

#include "signing/age.h"

#define AGE_CHUNK_BYTES (64 * 1024)
#define AGE_TAG_BYTES 16
#define AGE_NONCE_BYTES 16

struct age_seal;
struct age_open;

/* Writes the header and the nonce to the sink. */
bool age_seal_begin(const struct age_to *to, const struct age_sink *sink, struct age_seal **out,
                    struct err *err) CHECKED;
bool age_seal_push(struct age_seal *seal, struct span bytes, struct err *err) CHECKED;
/* Writes the last chunk: without it, nobody opens the file to its end. */
bool age_seal_end(struct age_seal *seal, struct err *err) CHECKED;
void age_seal_freep(struct age_seal **seal); /* wipes */

/* `by` and what it points to must live as long as the machine. */
void age_open_begin(const struct age_by *by, const struct age_sink *sink, struct age_open **out);
/* Plaintext reaches the sink chunk by chunk, each only after its tag was checked. Until age_open_end says
 * true, the file may still turn out to be cut: what was written so far is authentic but perhaps not all. */
bool age_open_push(struct age_open *open, struct span bytes, struct err *err) CHECKED;
/* No more bytes. ERR_INVALID when the file was cut. */
bool age_open_end(struct age_open *open, struct err *err) CHECKED;
void age_open_freep(struct age_open **open); /* wipes */

/* Size in bytes of the payload, nonce included, for that many bytes of plaintext. */
int64_t age_payload_size(int64_t plain_bytes);
