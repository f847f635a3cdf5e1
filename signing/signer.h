/* "Sign these bytes with the online key": bytes in, signature out, shaped like a pipe so that it can become
 * one. */
#pragma once

#include "signing/tuf.h"

struct signer;

/* Holds the key files of one repository's online roles: DIR/online.key, and DIR/targets.key where that role
 * is in service custody. Of a rotation also DIR/online-next.key and DIR/targets-next.key: the keys that the
 * next root will name. */
bool signer_open(struct signer **out, const char *dir, const char *passphrase, struct err *err) CHECKED;
void signer_closep(struct signer **signer);
enum signer_key { SIGNER_TARGETS, SIGNER_ONLINE, SIGNER_TARGETS_NEXT, SIGNER_ONLINE_NEXT, SIGNER_KEY__MAX };
#define SIGNER_NEXT_OF(key) ((enum signer_key)((key) + SIGNER_TARGETS_NEXT))
extern const char *const signer_file[SIGNER_KEY__MAX]; /* its name within DIR */
bool signer_sign(struct signer *signer, enum signer_key which, struct span bytes, struct tuf_signature *out,
                 struct err *err) CHECKED;
bool signer_public(struct signer *signer, enum signer_key which, struct key_public *out,
                   struct err *err) CHECKED;
