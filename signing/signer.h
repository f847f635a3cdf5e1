/* "Sign these bytes with the online key": bytes in, signature out, shaped like a pipe so that it can become
 * one. */
#pragma once

#include "signing/tuf.h"

struct signer;

/* Holds the key files of one repository's online roles: DIR/online.key, and DIR/targets.key where that role
 * is in service custody. */
bool signer_open(struct signer **out, const char *dir, const char *passphrase, struct err *err) CHECKED;
void signer_closep(struct signer **signer);
enum signer_key { SIGNER_TARGETS, SIGNER_ONLINE, SIGNER_KEY__MAX };
bool signer_sign(struct signer *signer, enum signer_key which, struct span bytes, struct tuf_signature *out,
                 struct err *err) CHECKED;
bool signer_public(struct signer *signer, enum signer_key which, struct key_public *out,
                   struct err *err) CHECKED;
