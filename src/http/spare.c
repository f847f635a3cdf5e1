#include "http/spare.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

#define CALM_LOOKS 5

static int take_one(void)
{
    return eventfd(0, EFD_CLOEXEC);
}

/* Is there one more? */
static bool is_left(void)
{
    AUTO(fd_closep) int fd = take_one();

    return fd >= 0;
}

/* Under the lock. */
static void give_up(struct spare *spare)
{
    for (size_t i = 0; i < SPARE_FDS; i++)
        fd_closep(&spare->fds[i]);
}

/* Under the lock. All, and one that is left beside them; or none. */
static bool hold(struct spare *spare)
{
    for (size_t i = 0; i < SPARE_FDS; i++)
        if (spare->fds[i] < 0 && (spare->fds[i] = take_one()) < 0) {
            give_up(spare);
            return false;
        }
    if (is_left())
        return true;
    give_up(spare);
    return false;
}

/* Under the lock. */
static void become_short(struct spare *spare)
{
    give_up(spare);
    spare->calm = 0;
    atomic_store(&spare->turned_away, 0);
    atomic_store(&spare->is_short, true);
    log_say(LOG_WARN, "files.short", "why", "no more files can be opened: new connections are turned away",
            "next", "raise the limit of open files: LimitNOFILE= of its unit, ulimit -n", NULL);
}

bool spare_may_stay(struct spare *spare)
{
    bool may_stay = !atomic_load(&spare->is_short) && is_left();

    if (may_stay)
        return true;
    pthread_mutex_lock(&spare->lock);
    if (!atomic_load(&spare->is_short))
        become_short(spare);
    atomic_fetch_add(&spare->turned_away, 1);
    pthread_mutex_unlock(&spare->lock);
    return false;
}

/* Under the lock. One that closed is the next one's: only what lasts is an end of it, and worth a line. */
static void look_while_short(struct spare *spare)
{
    char number[24];

    spare->calm = hold(spare) ? spare->calm + 1 : 0;
    if (spare->calm < CALM_LOOKS) {
        give_up(spare);
        return;
    }
    snprintf(number, sizeof(number), "%lld", (long long)atomic_load(&spare->turned_away));
    atomic_store(&spare->is_short, false);
    log_say(LOG_INFO, "files.enough", "turned_away", number, NULL);
}

void spare_look(struct spare *spare)
{
    pthread_mutex_lock(&spare->lock);
    if (atomic_load(&spare->is_short))
        look_while_short(spare);
    else if (!hold(spare))
        become_short(spare);
    pthread_mutex_unlock(&spare->lock);
}

void spare_open(struct spare *spare)
{
    pthread_mutex_init(&spare->lock, NULL);
    for (size_t i = 0; i < SPARE_FDS; i++)
        spare->fds[i] = -1;
    spare_look(spare);
}

void spare_close(struct spare *spare)
{
    give_up(spare);
    pthread_mutex_destroy(&spare->lock);
}
