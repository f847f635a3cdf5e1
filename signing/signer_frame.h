/* A message of the signer's pipe as bytes: a head of fixed size, then three texts of the lengths it says.
 * Bounded before anything is allocated; knows no socket. */
#pragma once

#include "signing/signer_ask.h"

#define SIGNER_FRAME_HEAD 24
#define SIGNER_FRAME_PARTS 3

enum signer_frame_kind {
    SIGNER_FRAME_ASK,     /* small: verb, key; number: role; parts: place, name, bytes */
    SIGNER_FRAME_DONE,    /* number: version; parts: public key as 64 hex digits, signature, digest */
    SIGNER_FRAME_REFUSED, /* small[0]: err_code; parts: words; also of a file that was wanted */
    SIGNER_FRAME_WANT, /* the signer, meanwhile: a file of the image repository; number: at most; parts: name */
    SIGNER_FRAME_FILE, /* parts: nothing, nothing, its bytes */
    SIGNER_FRAME__MAX
};

struct signer_frame {
    enum signer_frame_kind kind;
    uint8_t small[2];
    int64_t number;
    struct span parts[SIGNER_FRAME_PARTS];
};

/* Sizes of the parts as a head announces them, each within bounds; ERR_INVALID: this is no frame of ours. */
bool signer_frame_head(const uint8_t head[SIGNER_FRAME_HEAD], struct signer_frame *out,
                       struct err *err) CHECKED;
/* The head of a frame whose parts follow as they are. */
void signer_frame_write(const struct signer_frame *frame, uint8_t head[SIGNER_FRAME_HEAD]);

struct signer_frame signer_frame_of_ask(const struct signer_ask *ask);
/* The parts are there now. Strings end with a NUL and hold none. */
bool signer_frame_ask(struct arena *arena, const struct signer_frame *frame, struct signer_ask *out,
                      struct err *err) CHECKED;
struct signer_frame signer_frame_of_answer(struct arena *arena, const struct signer_answer *answer);
struct signer_frame signer_frame_of_refusal(struct arena *arena, const struct err *refusal);
/* A refusal's own code and words; anything else is ERR_INVALID. Always false. */
bool signer_frame_refused(struct arena *arena, const struct signer_frame *frame, struct err *err);
/* False with the refusal's own code and words when it is one. */
bool signer_frame_answer(struct arena *arena, const struct signer_frame *frame, struct signer_answer *out,
                         struct err *err) CHECKED;
