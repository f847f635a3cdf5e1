/* "Sign these bytes with the online key": bytes in, signature out, wherever the keys are. */
#pragma once

#include "signing/signer_ask.h"

struct signers; /* the way to them; safe from any thread */
struct signer;  /* those of one place */

/* The keys of the folder DIR in this process: tests, and commands that run while no service does. */
bool signers_open(struct signers **out, const char *dir, struct err *err) CHECKED;
/* The keys behind this socket (signer_pipe.h). Takes it. */
void signers_connect(struct signers **out, int fd);
void signers_closep(struct signers **signers);
/* Whether a signer that is another process has ended. */
bool signers_are_gone(struct signers *signers);

void signer_open(struct signer **out, struct signers *signers, const char *place);
void signer_closep(struct signer **signer);
/* ERR_BUSY, of these all: the signer is gone. The public half is remembered, so asking again costs nothing.
 */
bool signer_public(struct signer *signer, enum signer_key which, struct key_public *out,
                   struct err *err) CHECKED;
bool signer_sign(struct signer *signer, enum signer_key which, struct span bytes, struct tuf_signature *out,
                 struct err *err) CHECKED;
/* The same for what a device is told: every target is looked up in the image repository, which `images` shows. */
bool signer_direct(struct signer *signer, enum signer_key which, struct span bytes,
                   const struct signer_source *images, struct tuf_signature *out, struct err *err) CHECKED;
/* The highest version that was signed of this role, or of any file of `device` ("": an image repository): the next is
 * above it. 0: none. */
bool signer_floor(struct signer *signer, enum tuf_role role, const char *device, int64_t *out,
                  struct err *err) CHECKED;
/* How far the tenant's audit log had come when the signer was told last; no 0: it never was. */
struct signer_seen {
    int64_t no;
    char digest[KEY_ID_CHARS + 1];
};
/* `now`: the canonical bytes of a checkpoint (checkpoint_write) of what is on disk, which is remembered when it is more
 * than before; or none. An image repository's. */
bool signer_witness(struct signer *signer, struct span now, struct signer_seen *out, struct err *err) CHECKED;
/* Made and written when it is not there yet. */
bool signer_make(struct signer *signer, enum signer_key which, const char *name, struct key_public *out,
                 struct err *err) CHECKED;
/* The next key's file takes the place of the one before, when there is one. May be repeated. */
bool signer_promote(struct signer *signer, enum signer_key which, struct err *err) CHECKED;
/* Destroys the root key's file, where there is one. */
bool signer_drop(struct signer *signer, enum signer_key which, struct err *err) CHECKED;
/* The files are read again when next asked for. */
void signer_forget(struct signer *signer);
