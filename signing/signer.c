#include "signing/signer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "signing/signer_pipe.h"

struct signers {
    pthread_mutex_t lock; /* of the desk */
    struct signer_desk *desk;
    struct signer_pipe *pipe;
};

enum known { KNOWN_NOT, KNOWN_HELD, KNOWN_ABSENT };

struct signer {
    struct signers *by;
    char place[SIGNER_PLACE_MAX + 1];
    pthread_mutex_t lock; /* of what is remembered */
    enum known known[SIGNER_KEY__MAX];
    struct key_public keys[SIGNER_KEY__MAX];
};

static struct signers *signers_new(void)
{
    struct signers *signers = calloc(1, sizeof(*signers));

    if (!signers)
        abort();
    pthread_mutex_init(&signers->lock, NULL);
    return signers;
}

bool signers_open(struct signers **out, const char *dir, struct err *err)
{
    AUTO(signers_closep) struct signers *signers = signers_new();

    if (!signer_desk_open(&signers->desk, dir, NULL, err))
        return false;
    *out = signers;
    signers = NULL;
    return true;
}

void signers_connect(struct signers **out, int fd)
{
    *out = signers_new();
    signer_pipe_open(&(*out)->pipe, fd);
}

void signers_closep(struct signers **signers)
{
    if (!*signers)
        return;
    signer_desk_closep(&(*signers)->desk);
    signer_pipe_closep(&(*signers)->pipe);
    pthread_mutex_destroy(&(*signers)->lock);
    free(*signers);
    *signers = NULL;
}

bool signers_are_gone(struct signers *signers)
{
    return signers->pipe && signer_pipe_is_gone(signers->pipe);
}

static bool shown_answer(struct signers *by, const struct signer_ask *ask, const struct signer_source *images,
                         struct signer_answer *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    bool is_ok;

    if (by->pipe)
        return signer_pipe_ask(by->pipe, arena, ask, images, out, err);
    pthread_mutex_lock(&by->lock);
    is_ok = signer_desk_serve(by->desk, arena, ask, images, out, err);
    pthread_mutex_unlock(&by->lock);
    return is_ok;
}

static bool answer_of(struct signers *by, const struct signer_ask *ask, struct signer_answer *out,
                      struct err *err)
{
    return shown_answer(by, ask, NULL, out, err);
}

/* ---- one place ------------------------------------------------------------------- */

void signer_open(struct signer **out, struct signers *signers, const char *place)
{
    struct signer *signer = calloc(1, sizeof(*signer));

    if (!signer)
        abort();
    pthread_mutex_init(&signer->lock, NULL);
    signer->by = signers;
    snprintf(signer->place, sizeof(signer->place), "%s", place);
    *out = signer;
}

void signer_closep(struct signer **signer)
{
    if (!*signer)
        return;
    pthread_mutex_destroy(&(*signer)->lock);
    free(*signer);
    *signer = NULL;
}

static void remember(struct signer *signer, enum signer_key which, enum known known,
                     const struct key_public *key)
{
    pthread_mutex_lock(&signer->lock);
    signer->known[which] = known;
    if (key)
        signer->keys[which] = *key;
    pthread_mutex_unlock(&signer->lock);
}

static enum known recall(struct signer *signer, enum signer_key which, struct key_public *out)
{
    enum known known;

    pthread_mutex_lock(&signer->lock);
    known = signer->known[which];
    if (known == KNOWN_HELD)
        *out = signer->keys[which];
    pthread_mutex_unlock(&signer->lock);
    return known;
}

static void unlearn(struct signer *signer)
{
    pthread_mutex_lock(&signer->lock);
    memset(signer->known, 0, sizeof(signer->known));
    pthread_mutex_unlock(&signer->lock);
}

bool signer_public(struct signer *signer, enum signer_key which, struct key_public *out, struct err *err)
{
    const struct signer_ask ask = {
        .verb = SIGNER_SAY_PUBLIC, .key = which, .place = signer->place, .name = ""};
    enum known known = recall(signer, which, out);
    struct signer_answer answer;

    if (known == KNOWN_HELD)
        return true;
    if (known == KNOWN_ABSENT)
        return FAIL(err, ERR_NOT_FOUND, "%s of %s is not held by the service: this role is signed offline",
                    signer_file[which], signer->place);
    if (!answer_of(signer->by, &ask, &answer, err)) {
        if (err->code == ERR_NOT_FOUND && which != SIGNER_ROOT &&
            recall(signer, SIGNER_ONLINE, &answer.key) == KNOWN_HELD)
            remember(signer, which, KNOWN_ABSENT,
                     NULL); /* a place without an online key is not founded yet */
        return false;
    }
    if (which != SIGNER_ROOT) /* which may be taken away by taking its file away */
        remember(signer, which, KNOWN_HELD, &answer.key);
    *out = answer.key;
    return true;
}

bool signer_direct(struct signer *signer, enum signer_key which, struct span bytes,
                   const struct signer_source *images, struct tuf_signature *out, struct err *err)
{
    const struct signer_ask ask = {
        .verb = SIGNER_SIGN, .key = which, .place = signer->place, .name = "", .bytes = bytes};
    struct signer_answer answer;

    if (!shown_answer(signer->by, &ask, images, &answer, err))
        return false;
    memcpy(out->keyid, answer.key.id, sizeof(out->keyid));
    memcpy(out->sig, answer.sig, sizeof(out->sig));
    return true;
}

bool signer_sign(struct signer *signer, enum signer_key which, struct span bytes, struct tuf_signature *out,
                 struct err *err)
{
    return signer_direct(signer, which, bytes, NULL, out, err);
}

bool signer_floor(struct signer *signer, enum tuf_role role, const char *device, int64_t *out,
                  struct err *err)
{
    const struct signer_ask ask = {
        .verb = SIGNER_FLOOR, .place = signer->place, .role = role, .name = device};
    struct signer_answer answer;

    if (!answer_of(signer->by, &ask, &answer, err))
        return false;
    *out = answer.version;
    return true;
}

bool signer_witness(struct signer *signer, struct span now, struct signer_seen *out, struct err *err)
{
    const struct signer_ask ask = {.verb = SIGNER_WITNESS, .place = signer->place, .name = "", .bytes = now};
    struct signer_answer answer;

    if (!answer_of(signer->by, &ask, &answer, err))
        return false;
    out->no = answer.version;
    memcpy(out->digest, answer.digest, sizeof(out->digest));
    return true;
}

bool signer_make(struct signer *signer, enum signer_key which, const char *name, struct key_public *out,
                 struct err *err)
{
    const struct signer_ask ask = {.verb = SIGNER_MAKE, .key = which, .place = signer->place, .name = name};
    struct signer_answer answer;

    if (!answer_of(signer->by, &ask, &answer, err))
        return false;
    unlearn(signer);
    *out = answer.key;
    return true;
}

static bool changed(struct signer *signer, enum signer_verb verb, enum signer_key which, struct err *err)
{
    const struct signer_ask ask = {.verb = verb, .key = which, .place = signer->place, .name = ""};
    struct signer_answer answer;
    bool is_ok = answer_of(signer->by, &ask, &answer, err);

    unlearn(signer);
    return is_ok;
}

bool signer_promote(struct signer *signer, enum signer_key which, struct err *err)
{
    return changed(signer, SIGNER_PROMOTE, which, err);
}

bool signer_drop(struct signer *signer, enum signer_key which, struct err *err)
{
    return changed(signer, SIGNER_DROP, which, err);
}

void signer_forget(struct signer *signer)
{
    const struct signer_ask ask = {.verb = SIGNER_FORGET, .place = signer->place, .name = ""};
    struct signer_answer answer;
    struct err ignored; /* one that is gone has nothing to forget */

    if (answer_of(signer->by, &ask, &answer, &ignored))
        unlearn(signer);
}
