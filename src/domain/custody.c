#include "domain/custody.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

#define TENANTS_MAX 64
#define PLACES_MAX (2 * TENANTS_MAX) /* each has an image repository and a director */
#define ROOT_BYTES_MAX (512 * 1024)
#define CUSTODY_DIRECTOR "director"

struct held {
    char *place; /* "TENANT" or "TENANT/director" */
    struct signer *signer;
};

struct retired { /* somebody may still be signing with it */
    struct signer *signer;
    struct retired *next;
};

struct custody {
    pthread_mutex_t lock;
    char *dir;
    struct held held[PLACES_MAX];
    struct retired *retired;
};

bool custody_open(struct custody **out, const char *dir, struct err *err)
{
    struct custody *custody = calloc(1, sizeof(*custody));

    if (!custody || !(custody->dir = strdup(dir))) {
        free(custody);
        return FAIL(err, ERR_BUSY, "no memory for the keys");
    }
    pthread_mutex_init(&custody->lock, NULL);
    *out = custody;
    return true;
}

void custody_closep(struct custody **custody)
{
    if (!*custody)
        return;
    for (size_t i = 0; i < PLACES_MAX; i++) {
        signer_closep(&(*custody)->held[i].signer);
        free((*custody)->held[i].place);
    }
    while ((*custody)->retired) {
        struct retired *last = (*custody)->retired;

        (*custody)->retired = last->next;
        signer_closep(&last->signer);
        free(last);
    }
    pthread_mutex_destroy(&(*custody)->lock);
    free((*custody)->dir);
    free(*custody);
    *custody = NULL;
}

/* What is held of it, or a free one, or NULL. Under the lock. */
static struct held *held_of(struct custody *custody, const char *place)
{
    struct held *vacant = NULL;

    for (size_t i = 0; i < PLACES_MAX; i++) {
        struct held *held = &custody->held[i];

        if (held->place && text_equal(held->place, place))
            return held;
        if (!held->place && !vacant)
            vacant = held;
    }
    return vacant;
}

static bool trust_open(struct custody *custody, const char *place, struct held *held, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    if (!signer_open(&held->signer, arena_printf(arena, "%s/trust/%s", custody->dir, place), NULL, err))
        return err_within(err, "the online keys of %s", place);
    if (!held->place)
        held->place = strdup(place);
    return true;
}

static bool signer_of(struct custody *custody, const char *place, struct signer **out, struct err *err)
{
    struct held *held;
    bool is_ok;

    pthread_mutex_lock(&custody->lock);
    held = held_of(custody, place);
    is_ok = held ? held->signer || trust_open(custody, place, held, err)
                 : FAIL(err, ERR_TOO_MANY, "keys of %d tenants are held already", TENANTS_MAX);
    if (is_ok)
        *out = held->signer;
    pthread_mutex_unlock(&custody->lock);
    return is_ok;
}

static bool tenant_check(const struct custody *custody, const char *tenant, struct err *err)
{
    if (!custody)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys");
    return text_name(tenant, "tenant", 64, err);
}

static const char *director_place(struct arena *arena, const char *tenant)
{
    return arena_printf(arena, "%s/" CUSTODY_DIRECTOR, tenant);
}

bool custody_signer(struct custody *custody, const char *tenant, struct signer **out, struct err *err)
{
    return tenant_check(custody, tenant, err) && signer_of(custody, tenant, out, err);
}

bool custody_director(struct custody *custody, const char *tenant, struct signer **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return tenant_check(custody, tenant, err) && signer_of(custody, director_place(arena, tenant), out, err);
}

bool custody_director_path(struct custody *custody, struct arena *arena, const char *tenant, const char *name,
                           const char **out, struct err *err)
{
    if (!tenant_check(custody, tenant, err))
        return false;
    *out = arena_printf(arena, "%s/trust/%s/" CUSTODY_DIRECTOR "/%s", custody->dir, tenant, name);
    return true;
}

bool custody_root(struct custody *custody, struct arena *arena, const char *tenant, int64_t version,
                  struct span *out, struct err *err)
{
    if (!tenant_check(custody, tenant, err))
        return false;
    return file_read(
        arena, arena_printf(arena, "%s/trust/%s/%lld.root.json", custody->dir, tenant, (long long)version),
        ROOT_BYTES_MAX, out, err);
}

/* Under the lock. */
static void retire(struct custody *custody, struct held *held)
{
    struct retired *retired = calloc(1, sizeof(*retired));

    if (!retired)
        abort();
    *retired = (struct retired){held->signer, custody->retired};
    custody->retired = retired;
    held->signer = NULL;
}

void custody_forget(struct custody *custody, const char *tenant)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *const places[] = {tenant, director_place(arena, tenant)};

    pthread_mutex_lock(&custody->lock);
    for (size_t i = 0; i < COUNT(places); i++) {
        struct held *held = held_of(custody, places[i]);

        if (held && held->signer)
            retire(custody, held);
    }
    pthread_mutex_unlock(&custody->lock);
}

/* ---- a rotation of the service's own keys -------------------------------------------------- */

static const char *key_path(const struct custody *custody, struct arena *arena, const char *place,
                            enum signer_key which)
{
    return arena_printf(arena, "%s/trust/%s/%s", custody->dir, place, signer_file[which]);
}

static bool key_write(const char *path, const char *name, struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;

    return file_exists(path) || (key_make(name, &key, err) && key_save(key, path, NULL, err));
}

static bool next_of(struct custody *custody, const char *tenant, const char *place, enum signer_key which,
                    struct key_public *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    enum signer_key next = SIGNER_NEXT_OF(which);
    struct signer *signer;
    struct err none = {0};

    if (!tenant_check(custody, tenant, err) || !signer_of(custody, place, &signer, err))
        return false;
    if (!signer_public(signer, next, out, &none)) {
        if (!key_write(key_path(custody, arena, place, next), which == SIGNER_TARGETS ? "targets" : "online",
                       err))
            return err_within(err, "the next key of %s", place);
        custody_forget(custody, tenant);
    }
    return signer_of(custody, place, &signer, err) && signer_public(signer, next, out, err);
}

static bool promote(struct custody *custody, const char *tenant, const char *place, enum signer_key which,
                    struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *from = key_path(custody, arena, place, SIGNER_NEXT_OF(which)),
               *to = key_path(custody, arena, place, which);

    if (!file_exists(from))
        return true;
    if (rename(from, to) != 0)
        return FAIL(err, ERR_IO, "%s: %s", to, strerror(errno));
    custody_forget(custody, tenant);
    return file_sync_dir(arena_printf(arena, "%s/trust/%s", custody->dir, place), err);
}

bool custody_next(struct custody *custody, const char *tenant, enum signer_key which, struct key_public *out,
                  struct err *err)
{
    return next_of(custody, tenant, tenant, which, out, err);
}

bool custody_director_next(struct custody *custody, const char *tenant, struct key_public *out,
                           struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return next_of(custody, tenant, director_place(arena, tenant), SIGNER_ONLINE, out, err);
}

bool custody_promote(struct custody *custody, const char *tenant, enum signer_key which, struct err *err)
{
    return promote(custody, tenant, tenant, which, err);
}

bool custody_director_promote(struct custody *custody, const char *tenant, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return promote(custody, tenant, director_place(arena, tenant), SIGNER_ONLINE, err);
}
