#include "domain/custody.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

#define TENANTS_MAX 64
#define ROOT_BYTES_MAX (512 * 1024)

struct held {
    char *tenant;
    struct signer *signer;
};

struct custody {
    pthread_mutex_t lock;
    char *dir;
    struct held held[TENANTS_MAX];
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
    for (size_t i = 0; i < TENANTS_MAX; i++) {
        signer_closep(&(*custody)->held[i].signer);
        free((*custody)->held[i].tenant);
    }
    pthread_mutex_destroy(&(*custody)->lock);
    free((*custody)->dir);
    free(*custody);
    *custody = NULL;
}

/* The tenant's place, or a free one, or NULL. Under the lock. */
static struct held *place(struct custody *custody, const char *tenant)
{
    struct held *vacant = NULL;

    for (size_t i = 0; i < TENANTS_MAX; i++) {
        struct held *held = &custody->held[i];

        if (held->tenant && text_equal(held->tenant, tenant))
            return held;
        if (!held->tenant && !vacant)
            vacant = held;
    }
    return vacant;
}

static bool trust_open(struct custody *custody, const char *tenant, struct held *held, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    if (!signer_open(&held->signer, arena_printf(arena, "%s/trust/%s", custody->dir, tenant), NULL, err))
        return err_within(err, "the online keys of %s", tenant);
    if (!held->tenant)
        held->tenant = strdup(tenant);
    return true;
}

bool custody_signer(struct custody *custody, const char *tenant, struct signer **out, struct err *err)
{
    struct held *held;
    bool is_ok;

    if (!custody)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys");
    if (!text_name(tenant, "tenant", 64, err))
        return false;
    pthread_mutex_lock(&custody->lock);
    held = place(custody, tenant);
    is_ok = held ? held->signer || trust_open(custody, tenant, held, err)
                 : FAIL(err, ERR_TOO_MANY, "keys of %d tenants are held already", TENANTS_MAX);
    if (is_ok)
        *out = held->signer;
    pthread_mutex_unlock(&custody->lock);
    return is_ok;
}

bool custody_root(struct custody *custody, struct arena *arena, const char *tenant, int64_t version,
                  struct span *out, struct err *err)
{
    if (!custody)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys");
    if (!text_name(tenant, "tenant", 64, err))
        return false;
    return file_read(
        arena, arena_printf(arena, "%s/trust/%s/%lld.root.json", custody->dir, tenant, (long long)version),
        ROOT_BYTES_MAX, out, err);
}

void custody_forget(struct custody *custody, const char *tenant)
{
    struct held *held;

    pthread_mutex_lock(&custody->lock);
    held = place(custody, tenant);
    if (held)
        signer_closep(&held->signer);
    pthread_mutex_unlock(&custody->lock);
}
