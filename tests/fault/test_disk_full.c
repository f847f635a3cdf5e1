#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/audits.h"
#include "store/blob.h"
#include "support/store.h"
#include "support/unit.h"

#define DISK_OPTIONS "size=160m"
#define BALLAST_BYTES (32 * 1024 * 1024)

static const char *disk; /* a small file system of our own */

/* Only this process sees the mount, and it ends with it. */
static bool mount_disk(const char *dir)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", dir, "tmpfs", 0, DISK_OPTIONS) == 0;
}

static void fill_disk(struct unit *unit)
{
    char *path = arena_printf(unit->arena, "%s/filler", disk);
    AUTO(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static const char zeros[65536];
    ssize_t put;

    assert_true(fd >= 0);
    for (size_t size = sizeof(zeros); size > 0; size /= 2)
        while ((put = write(fd, zeros, size)) > 0)
            continue;
    assert_int_equal(errno, ENOSPC);
}

static int64_t size_of(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 ? info.st_size : 0;
}

static bool put(struct store *store, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    char detail[2000];
    const struct audit audit = {
        .tenant_id = 1, .who = "t", .role = "", .what = "test.put", .object = "x", .detail = detail};

    memset(detail, 'd', sizeof(detail) - 1);
    detail[sizeof(detail) - 1] = '\0';
    return tx_begin(&tx, store, err) && store_audit_put(store, &audit, err) && tx_commit(&tx, err);
}

static size_t count_of(struct unit *unit, struct store *store)
{
    struct audit *all;
    size_t count = 0;

    MUST(store_audit_list(store, unit->arena, 1, 0, 1000000, &all, &count, &unit->err));
    return count;
}

UNIT(a_full_disk_refuses_keeps_what_was_acknowledged_and_opens_again)
{
    const struct store_options options = {.dir = disk, .ballast_bytes = BALLAST_BYTES};
    char *ballast = arena_printf(unit->arena, "%s/ballast", disk);
    struct store *store = NULL;
    struct blob_hashes hashes;
    size_t acknowledged = 0;

    MUST(store_open(&store, &options, &unit->err));
    assert_true(file_exists(ballast));
    fill_disk(unit);
    while (acknowledged < 10000 && put(store, &unit->err))
        acknowledged++;
    assert_int_equal(unit->err.code, ERR_NO_SPACE);
    REFUSES(ERR_NO_SPACE, blob_put(store_blobs(store), span_of(ballast), &hashes, &unit->err));
    assert_int_equal(count_of(unit, store), acknowledged);
    store_closep(&store);

    MUST(store_open(&store, &options, &unit->err));
    /* It was given up; what it left allows a smaller one. */
    assert_true(size_of(ballast) < BALLAST_BYTES / 2);
    assert_int_equal(count_of(unit, store), acknowledged);
    MUST(put(store, &unit->err));
    MUST(blob_put(store_blobs(store), span_of(ballast), &hashes, &unit->err));
    store_closep(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_full_disk_refuses_keeps_what_was_acknowledged_and_opens_again),
    };
    AUTO(arena_freep) struct arena *arena = arena_new();

    disk = support_dir(arena);
    if (!mount_disk(disk)) {
        printf("skipped: no right to mount a small disk (%d)\n", errno);
        return 0;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    umount2(disk, MNT_DETACH);
    return failed;
}
