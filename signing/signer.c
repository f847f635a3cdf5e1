#include "signing/signer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

const char *const signer_file[SIGNER_KEY__MAX] = {
    [SIGNER_TARGETS] = "targets.key",
    [SIGNER_ONLINE] = "online.key", /* without it the service could not say what is current */
    [SIGNER_TARGETS_NEXT] = "targets-next.key",
    [SIGNER_ONLINE_NEXT] = "online-next.key",
};

struct signer {
    struct key *keys[SIGNER_KEY__MAX];
};

static bool load(struct signer *signer, const char *dir, const char *passphrase, enum signer_key which,
                 struct err *err)
{
    char path[4096];

    if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, signer_file[which]) >= sizeof(path))
        return FAIL(err, ERR_INVALID, "the folder of keys has too long a name");
    if (which != SIGNER_ONLINE && !file_exists(path))
        return true;
    return key_load(path, passphrase, &signer->keys[which], err);
}

bool signer_open(struct signer **out, const char *dir, const char *passphrase, struct err *err)
{
    AUTO(signer_closep) struct signer *signer = calloc(1, sizeof(*signer));

    if (!signer)
        abort();
    for (enum signer_key which = 0; which < SIGNER_KEY__MAX; which++)
        if (!load(signer, dir, passphrase, which, err))
            return err_within(err, "opening the signing keys");
    *out = signer;
    signer = NULL;
    return true;
}

void signer_closep(struct signer **signer)
{
    for (size_t i = 0; *signer && i < SIGNER_KEY__MAX; i++)
        if ((*signer)->keys[i])
            key_freep(&(*signer)->keys[i]);
    free(*signer);
    *signer = NULL;
}

static bool held(const struct signer *signer, enum signer_key which, const struct key **out, struct err *err)
{
    if (!signer->keys[which])
        return FAIL(err, ERR_NOT_FOUND, "%s is not held by the service: this role is signed offline",
                    signer_file[which]);
    *out = signer->keys[which];
    return true;
}

bool signer_sign(struct signer *signer, enum signer_key which, struct span bytes, struct tuf_signature *out,
                 struct err *err)
{
    const struct key *key = NULL;

    if (!held(signer, which, &key, err))
        return false;
    memcpy(out->keyid, key_public(key)->id, sizeof(out->keyid));
    key_sign(key, bytes, out->sig);
    return true;
}

bool signer_public(struct signer *signer, enum signer_key which, struct key_public *out, struct err *err)
{
    const struct key *key = NULL;

    if (!held(signer, which, &key, err))
        return false;
    *out = *key_public(key);
    return true;
}
