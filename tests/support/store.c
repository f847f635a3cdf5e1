#include "support/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audits.h"
#include "store/fleet.h"

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

void support_remove(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_later(void *dir)
{
    support_remove(dir);
}

char *support_dir(struct arena *arena)
{
    const char *parent = getenv("TMPDIR");
    char *dir = arena_printf(arena, "%s/nightshift.XXXXXX", parent ? parent : "/tmp");

    if (!mkdtemp(dir)) {
        perror(dir);
        abort();
    }
    arena_defer(arena, remove_later, dir);
    return dir;
}

/* Whatever a test did, the counters of the summary are what a plain count finds. */
static void check_counters(struct store *store)
{
    struct err err = {0};
    int64_t wrong = 0;

    if (store_fleet_differs(store, &wrong, &err) && wrong > 0) {
        fprintf(stderr, "%lld counters of the fleet are not what a count finds\n", (long long)wrong);
        abort();
    }
}

void support_memory_dir(void)
{
    struct stat st;

    if (stat("/dev/shm", &st) == 0 && S_ISDIR(st.st_mode))
        setenv("TMPDIR", "/dev/shm", 1);
}

static void close_later(void *at)
{
    struct store *store = at;

    check_counters(store);
    store_closep(&store);
}

struct store *support_store_open(struct arena *arena, const char *dir)
{
    struct store *store = NULL;
    struct err err;

    if (!store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &err)) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    arena_defer(arena, close_later, store);
    return store;
}

struct store *support_store(struct arena *arena, char **dir)
{
    char *own = support_dir(arena);

    if (dir)
        *dir = own;
    return support_store_open(arena, own);
}

bool support_put(struct store *store, int64_t tenant, struct err *err)
{
    const struct audit audit = {
        .tenant_id = tenant, .who = "t", .role = "", .what = "test.put", .object = "x"};

    return store_audit_put(store, &audit, err);
}

bool support_put_pair(struct store *store, int64_t tenant, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, store, err) && support_put(store, tenant, err) && support_put(store, tenant, err) &&
           tx_commit(&tx, err);
}
