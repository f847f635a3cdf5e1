/* Each tenant's online keys, in DIR/trust/TENANT/: what is signed with them is asked of the signer, which
 * alone reads the files. Service custody: they carry no passphrase. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "signing/signer.h"

struct custody;

/* The keys are held in this process: for tests and for commands that run while no service does. */
bool custody_open(struct custody **out, const char *dir, struct err *err) CHECKED;
/* They are held by the signer behind this socket, which is taken. */
void custody_connect(struct custody **out, const char *dir, int fd);
void custody_closep(struct custody **custody);
/* Whether the signer's process has ended: nothing is signed until the service is started again. */
bool custody_is_gone(struct custody *custody);
/* Borrowed until the end; safe from any thread. ERR_NOT_FOUND: there is no online key of that tenant. */
bool custody_signer(struct custody *custody, const char *tenant, struct signer **out,
                    struct err *err) CHECKED;
/* The same for the director repository, whose one key signs what each device is told:
 * DIR/trust/TENANT/director/. */
bool custody_director(struct custody *custody, const char *tenant, struct signer **out,
                      struct err *err) CHECKED;
/* A file in there. ERR_NOT_FOUND: this service holds no keys. */
bool custody_director_path(struct custody *custody, struct arena *arena, const char *tenant, const char *name,
                           const char **out, struct err *err) CHECKED;
/* The bytes of N.root.json that the security officers put there. ERR_NOT_FOUND: there is no such version. */
bool custody_root(struct custody *custody, struct arena *arena, const char *tenant, int64_t version,
                  struct span *out, struct err *err) CHECKED;
/* After a root rotation of either repository: the keys are read again when next asked for. */
void custody_forget(struct custody *custody, const char *tenant);

/* The key that the next root of the image repository will name in the place of `which`: made and written when
 * it is not there yet. */
bool custody_next(struct custody *custody, const char *tenant, enum signer_key which, struct key_public *out,
                  struct err *err) CHECKED;
/* The same for the director's online key. */
bool custody_director_next(struct custody *custody, const char *tenant, struct key_public *out,
                           struct err *err) CHECKED;
/* That root is in force: the next key's file takes the place of the one before. May be repeated. */
bool custody_promote(struct custody *custody, const char *tenant, enum signer_key which,
                     struct err *err) CHECKED;
bool custody_director_promote(struct custody *custody, const char *tenant, struct err *err) CHECKED;
