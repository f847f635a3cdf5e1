#include "domain/backup_identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/backup_parts.h"
#include "domain/backup_seal.h"

static const char *const file_name[IDENTITY_FILE__MAX] = {"backup.key", "backup-next.key"};

/* ---- what is remembered ------------------------------------------------------------- */

bool backups_open(struct backups **out, struct err *err)
{
    struct backups *backups = calloc(1, sizeof(*backups));

    if (!backups)
        return FAIL(err, ERR_BUSY, "no memory for the backups");
    pthread_mutex_init(&backups->lock, NULL);
    pthread_mutex_init(&backups->moving, NULL);
    *out = backups;
    return true;
}

static void held_free(struct held_identity *held)
{
    age_identity_freep(&held->identity);
    free(held->tenant);
    free(held);
}

static void backups_free(struct backups *backups)
{
    pthread_mutex_destroy(&backups->lock);
    pthread_mutex_destroy(&backups->moving);
    free(backups);
}

/* Takes out those that are forgotten and not read any more. Under the lock. */
static void sweep(struct backups *backups)
{
    struct held_identity **at = &backups->held;

    while (*at) {
        struct held_identity *held = *at;

        if (held->is_forgotten && held->readers == 0) {
            *at = held->next;
            held_free(held);
        } else {
            at = &held->next;
        }
    }
}

void backups_closep(struct backups **backups)
{
    struct backups *b = *backups;
    bool is_last;

    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    for (struct held_identity *held = b->held; held; held = held->next)
        held->is_forgotten = true;
    sweep(b);
    b->is_closed = true;
    is_last = b->readers == 0;
    pthread_mutex_unlock(&b->lock);
    if (is_last)
        backups_free(b);
    *backups = NULL;
}

void backup_count(struct world *world, enum backup_count which, int64_t more)
{
    if (world->backups)
        atomic_fetch_add(&world->backups->counts[which], more);
}

/* ---- files ------------------------------------------------------------------------------ */

static const char *folder(struct world *world, struct arena *arena, const char *tenant)
{
    return arena_printf(arena, "%s/trust/%s", store_dir(world->store), tenant);
}

static const char *path_of(struct world *world, struct arena *arena, const char *tenant,
                           enum identity_file file)
{
    return arena_printf(arena, "%s/%s", folder(world, arena, tenant), file_name[file]);
}

bool backup_identity_exists(struct world *world, const char *tenant, enum identity_file file)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return file_exists(path_of(world, arena, tenant, file));
}

static bool file_load(struct world *world, const char *tenant, enum identity_file file,
                      struct age_identity **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(age_identity_freep) struct age_identity *seal = NULL;

    return backup_seal_open(world, &seal, err) &&
           age_key_file_load(path_of(world, arena, tenant, file), seal, out, err);
}

static bool file_make(struct world *world, const char *tenant, enum identity_file file,
                      struct age_identity **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(age_identity_freep) struct age_identity *seal = NULL, *identity = NULL;

    age_identity_make(&identity);
    if (!file_make_dirs(folder(world, arena, tenant), 0700, err) || !backup_seal_need(world, &seal, err) ||
        !age_key_file_save(identity, path_of(world, arena, tenant, file), seal, err))
        return false;
    *out = identity;
    identity = NULL;
    return true;
}

bool backup_identity_destroy(struct world *world, const char *tenant, enum identity_file file,
                             struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = path_of(world, arena, tenant, file);

    if (!file_exists(path))
        return true;
    return (file_wipe(path, err) && file_sync_dir(folder(world, arena, tenant), err)) ||
           err_within(err, "destroying %s of %s", file_name[file], tenant);
}

bool backup_identity_promote(struct world *world, const char *tenant, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    if (!backup_identity_destroy(world, tenant, IDENTITY_CURRENT, err))
        return false;
    if (rename(path_of(world, arena, tenant, IDENTITY_NEXT),
               path_of(world, arena, tenant, IDENTITY_CURRENT)) != 0)
        return FAIL_ERRNO(err, file_name[IDENTITY_NEXT]);
    return file_sync_dir(folder(world, arena, tenant), err);
}

/* ---- memory ------------------------------------------------------------------------------- */

static struct held_identity *held_find(struct backups *backups, const char *tenant, const char *recipient)
{
    for (struct held_identity *held = backups->held; held; held = held->next)
        if (!held->is_forgotten && text_equal(held->tenant, tenant) && text_equal(held->recipient, recipient))
            return held;
    return NULL;
}

/* Said once: that is the machine's setting, not this key's. */
static void warn_unlocked(struct backups *backups, const char *tenant)
{
    atomic_store(&backups->is_unlocked, true);
    if (!backups->is_warned)
        log_say(LOG_WARN, "backup.key.unlocked", "tenant", tenant, "why",
                "the kernel may swap the key out; raise LimitMEMLOCK", NULL);
    backups->is_warned = true;
}

/* Takes the identity over; one that is held already stays. Under the lock. */
static struct held_identity *hold(struct backups *backups, const char *tenant, struct age_identity *identity)
{
    char recipient[AGE_RECIPIENT_CHARS + 1];
    struct held_identity *held;

    age_recipient_text(age_identity_recipient(identity), recipient);
    if ((held = held_find(backups, tenant, recipient))) {
        age_identity_freep(&identity);
        return held;
    }
    held = calloc(1, sizeof(*held));
    if (!held || !(held->tenant = strdup(tenant)))
        abort();
    held->identity = identity;
    memcpy(held->recipient, recipient, sizeof(recipient));
    if (!age_identity_is_locked(identity))
        warn_unlocked(backups, tenant);
    held->next = backups->held;
    backups->held = held;
    return held;
}

/* Both files are tried: between a move's last row and its files there may have been a crash. */
static bool held_load(struct world *world, const char *tenant, const char *recipient,
                      struct held_identity **out, struct err *err)
{
    struct backups *backups = world->backups;

    for (int file = 0; file < IDENTITY_FILE__MAX && !*out; file++) {
        struct age_identity *identity = NULL;

        if (!backup_identity_exists(world, tenant, file))
            continue;
        if (!file_load(world, tenant, file, &identity, err))
            return err_within(err, "the backup key of %s", tenant);
        hold(backups, tenant, identity);
        *out = held_find(backups, tenant, recipient);
    }
    return *out || FAIL(err, ERR_CORRUPT, "the key that opens the backups of %s is not in DIR/trust/%s",
                        tenant, tenant);
}

struct loan {
    struct backups *backups;
    struct held_identity *held;
};

static void give_back(void *at)
{
    struct loan *loan = at;
    struct backups *backups = loan->backups;
    bool is_last;

    pthread_mutex_lock(&backups->lock);
    loan->held->readers--;
    backups->readers--;
    sweep(backups);
    is_last = backups->is_closed && backups->readers == 0;
    pthread_mutex_unlock(&backups->lock);
    if (is_last)
        backups_free(backups);
}

static bool need_backups(struct world *world, const char *tenant, struct err *err)
{
    if (!world->backups)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys of backups");
    return text_name(tenant, "tenant", 64, err);
}

bool backup_identity_borrow(struct world *world, struct arena *arena, const char *tenant,
                            const char *recipient, const struct age_identity **out, struct err *err)
{
    struct backups *backups = world->backups;
    struct held_identity *held;
    struct loan *loan;
    bool is_ok;

    if (!need_backups(world, tenant, err))
        return false;
    pthread_mutex_lock(&backups->lock);
    held = held_find(backups, tenant, recipient);
    is_ok = held || held_load(world, tenant, recipient, &held, err);
    if (is_ok) {
        held->readers++;
        backups->readers++;
    }
    pthread_mutex_unlock(&backups->lock);
    if (!is_ok)
        return false;
    loan = ARENA_NEW(arena, struct loan);
    *loan = (struct loan){backups, held};
    arena_defer(arena, give_back, loan);
    *out = held->identity;
    return true;
}

bool backup_identity_make(struct world *world, const char *tenant, enum identity_file file,
                          char recipient[AGE_RECIPIENT_CHARS + 1], struct err *err)
{
    struct age_identity *identity = NULL;

    if (!need_backups(world, tenant, err) ||
        !(backup_identity_exists(world, tenant, file) ? file_load(world, tenant, file, &identity, err)
                                                      : file_make(world, tenant, file, &identity, err)))
        return false;
    pthread_mutex_lock(&world->backups->lock);
    memcpy(recipient, hold(world->backups, tenant, identity)->recipient, AGE_RECIPIENT_CHARS + 1);
    pthread_mutex_unlock(&world->backups->lock);
    return true;
}

bool backup_identity_recipient(struct world *world, const char *tenant, enum identity_file file,
                               char recipient[AGE_RECIPIENT_CHARS + 1], struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;

    if (!file_load(world, tenant, file, &identity, err))
        return false;
    age_recipient_text(age_identity_recipient(identity), recipient);
    return true;
}

void backup_identity_forget(struct world *world, const char *tenant, const char *but)
{
    struct backups *backups = world->backups;

    pthread_mutex_lock(&backups->lock);
    for (struct held_identity *held = backups->held; held; held = held->next)
        if (text_equal(held->tenant, tenant) && !text_equal(held->recipient, but))
            held->is_forgotten = true;
    sweep(backups);
    pthread_mutex_unlock(&backups->lock);
}
