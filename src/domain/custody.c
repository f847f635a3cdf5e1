#include "domain/custody.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

#define TENANTS_MAX 64
#define PLACES_MAX (2 * TENANTS_MAX) /* each has an image repository and a director */
#define ROOT_BYTES_MAX (512 * 1024)
#define CUSTODY_DIRECTOR "director"

struct custody {
    pthread_mutex_t lock;
    char *dir;
    struct signers *signers;
    struct {
        char *place; /* "TENANT" or "TENANT/director" */
        struct signer *signer;
    } held[PLACES_MAX];
    size_t held_count;
};

static void custody_new(struct custody **out, const char *dir, struct signers *signers)
{
    struct custody *custody = calloc(1, sizeof(*custody));

    if (!custody || !(custody->dir = strdup(dir)))
        abort();
    pthread_mutex_init(&custody->lock, NULL);
    custody->signers = signers;
    *out = custody;
}

bool custody_open(struct custody **out, const char *dir, struct err *err)
{
    struct signers *signers;

    if (!signers_open(&signers, dir, err))
        return false;
    custody_new(out, dir, signers);
    return true;
}

void custody_connect(struct custody **out, const char *dir, int fd)
{
    struct signers *signers;

    signers_connect(&signers, fd);
    custody_new(out, dir, signers);
}

void custody_closep(struct custody **custody)
{
    if (!*custody)
        return;
    for (size_t i = 0; i < (*custody)->held_count; i++) {
        signer_closep(&(*custody)->held[i].signer);
        free((*custody)->held[i].place);
    }
    signers_closep(&(*custody)->signers);
    pthread_mutex_destroy(&(*custody)->lock);
    free((*custody)->dir);
    free(*custody);
    *custody = NULL;
}

bool custody_is_gone(struct custody *custody)
{
    return custody && signers_are_gone(custody->signers);
}

/* Under the lock. */
static bool place_open(struct custody *custody, const char *place, struct signer **out, struct err *err)
{
    for (size_t i = 0; i < custody->held_count; i++)
        if (text_equal(custody->held[i].place, place)) {
            *out = custody->held[i].signer;
            return true;
        }
    if (custody->held_count == PLACES_MAX)
        return FAIL(err, ERR_TOO_MANY, "keys of %d tenants are held already", TENANTS_MAX);
    if (!(custody->held[custody->held_count].place = strdup(place)))
        abort();
    signer_open(out, custody->signers, place);
    custody->held[custody->held_count++].signer = *out;
    return true;
}

static bool signer_of(struct custody *custody, const char *place, struct signer **out, struct err *err)
{
    bool is_ok;

    pthread_mutex_lock(&custody->lock);
    is_ok = place_open(custody, place, out, err);
    pthread_mutex_unlock(&custody->lock);
    return is_ok;
}

static bool tenant_check(const struct custody *custody, const char *tenant, struct err *err)
{
    if (!custody)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys");
    return text_name(tenant, "tenant", 64, err);
}

bool custody_signer(struct custody *custody, const char *tenant, struct signer **out, struct err *err)
{
    struct key_public ignored;

    return tenant_check(custody, tenant, err) && signer_of(custody, tenant, out, err) &&
           signer_public(*out, SIGNER_ONLINE, &ignored, err);
}

bool custody_director(struct custody *custody, const char *tenant, struct signer **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return tenant_check(custody, tenant, err) &&
           signer_of(custody, arena_printf(arena, "%s/" CUSTODY_DIRECTOR, tenant), out, err);
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

void custody_forget(struct custody *custody, const char *tenant)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *const places[] = {tenant, arena_printf(arena, "%s/" CUSTODY_DIRECTOR, tenant)};

    for (size_t i = 0; i < COUNT(places); i++) {
        struct signer *signer;
        struct err none;

        if (signer_of(custody, places[i], &signer, &none))
            signer_forget(signer);
    }
}

/* ---- a rotation of the service's own keys -------------------------------------------------- */

bool custody_next(struct custody *custody, const char *tenant, enum signer_key which, struct key_public *out,
                  struct err *err)
{
    struct signer *signer;

    return custody_signer(custody, tenant, &signer, err) &&
           (signer_make(signer, SIGNER_NEXT_OF(which), which == SIGNER_TARGETS ? "targets" : "online", out,
                        err) ||
            err_within(err, "the next key of %s", tenant));
}

bool custody_director_next(struct custody *custody, const char *tenant, struct key_public *out,
                           struct err *err)
{
    struct signer *signer;

    return custody_director(custody, tenant, &signer, err) &&
           (signer_make(signer, SIGNER_ONLINE_NEXT, "online", out, err) ||
            err_within(err, "the director's next key of %s", tenant));
}

bool custody_promote(struct custody *custody, const char *tenant, enum signer_key which, struct err *err)
{
    struct signer *signer;

    return custody_signer(custody, tenant, &signer, err) && signer_promote(signer, which, err);
}

bool custody_director_promote(struct custody *custody, const char *tenant, struct err *err)
{
    struct signer *signer;

    return custody_director(custody, tenant, &signer, err) && signer_promote(signer, SIGNER_ONLINE, err);
}
