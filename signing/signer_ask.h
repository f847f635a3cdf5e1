/* What is asked of whoever holds the online keys, and what comes back. Words only: the same whether the keys
 * are in this process (signer_desk.h) or behind a pipe (signer_pipe.h). */
#pragma once

#include "signing/tuf.h"

#define SIGNER_BYTES_MAX (6 * 1024 * 1024) /* of one thing to sign, or one file to look at */
#define SIGNER_PLACE_MAX 96                /* "TENANT" or "TENANT/director" */

/* A role's key, where a repository is held in service custody. Of a rotation also the keys that the next root
 * will name. */
enum signer_key {
    SIGNER_TARGETS,
    SIGNER_ONLINE,
    SIGNER_TARGETS_NEXT,
    SIGNER_ONLINE_NEXT,
    SIGNER_ROOT, /* of a director, until people hold it */
    SIGNER_KEY__MAX
};
#define SIGNER_NEXT_OF(key) ((enum signer_key)((key) + SIGNER_TARGETS_NEXT))
extern const char *const signer_file[SIGNER_KEY__MAX]; /* its name within DIR/trust/PLACE */

enum signer_verb {
    SIGNER_SAY_PUBLIC, /* the key's public half; ERR_NOT_FOUND: this role is signed offline */
    SIGNER_SIGN,       /* these bytes */
    SIGNER_FLOOR,   /* the highest version that was signed: of a role, or of all files of the device `name` */
    SIGNER_MAKE,    /* a key called `name` where there is none; its public half */
    SIGNER_PROMOTE, /* the next key takes the place of the one before; nothing to do when there is none */
    SIGNER_DROP,    /* the root key's file is destroyed: a root that does not name it is in force */
    SIGNER_FORGET,  /* the files are read again when next asked for */
    SIGNER_WITNESS, /* remembers how far the audit log had come (bytes: a checkpoint; or none), and says what it does */
    SIGNER_VERB__MAX
};
extern const char *const signer_verb_name[SIGNER_VERB__MAX];

struct signer_ask {
    enum signer_verb verb;
    enum signer_key key;
    const char *place;
    enum tuf_role role; /* of SIGNER_FLOOR */
    const char *name;   /* "" but for SIGNER_MAKE and SIGNER_FLOOR */
    struct span bytes;
};

struct signer_answer {
    struct key_public key;           /* who signed; what was asked for */
    char sig[KEY_SIG_HEX_CHARS + 1]; /* of SIGNER_SIGN */
    int64_t version;                 /* of SIGNER_FLOOR; 0: none was signed. Of SIGNER_WITNESS: the record */
    char digest[KEY_ID_CHARS + 1];   /* of SIGNER_WITNESS; "": none was told */
};

/* Where the signer gets the files of the image repository from while it is asked. What comes is verified, whoever
 * brings it. ERR_NOT_FOUND: there is no such file. */
struct signer_source {
    void *ctx;
    bool (*fetch)(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                  struct err *err);
};
