/* Each allocation of a start, a transaction, a blob and an end fails, one after the other, in a process of its own: it
 * refuses, or stops as its rule is (base/arena.c: abort), and never goes on with half of something. What was acknowledged
 * is there. 30 of them, or 3,000 with NIGHTSHIFT_LONG=1. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/audits.h"
#include "store/blob.h"
#include "store/check.h"
#include "support/store.h"
#include "support/unit.h"

#define COUNT_MAX 10000000
#define REFUSED 1

/* ---- malloc, before the C library's ------------------------------------------------------------------ */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);

static int left; /* allocations until the one that fails; 0: none does */

static bool fails(void)
{
    if (left == 0 || --left > 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    return fails() ? NULL : __libc_realloc(at, size);
}

/* ---- the work ------------------------------------------------------------------------------------------ */

static struct span bytes_of(struct arena *arena, int64_t tenant)
{
    return span_of(arena_printf(arena, "settings of %lld", (long long)tenant));
}

static bool work(const char *dir, int64_t tenant)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1, .is_glanced_over = true};
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(store_closep) struct store *store = NULL;
    struct blob_hashes hashes;
    struct err err;

    return store_open(&store, &options, &err) && support_put_pair(store, tenant, &err) &&
           blob_put(store_blobs(store), bytes_of(arena, tenant), &hashes, &err);
}

static int allocations_of(const char *dir)
{
    int after;

    left = COUNT_MAX;
    assert_true(work(dir, COUNT_MAX));
    after = left;
    left = 0;
    return COUNT_MAX - after;
}

/* Its end; *has_fired: there was such an allocation. */
static int end_of(const char *dir, int nth, bool *has_fired)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO); /* "out of memory", thousands of times */
        left = nth;
        bool said_yes = work(dir, nth);
        _exit((said_yes ? 0 : REFUSED) | (left > 0 ? 2 : 0));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    *has_fired = !WIFEXITED(status) || !(WEXITSTATUS(status) & 2);
    return status;
}

static void look(struct unit *unit, const char *dir, int64_t tenant, bool said_yes)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1, .is_glanced_over = true};
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(store_closep) struct store *store = NULL;
    struct store_check_report report;
    struct blob_hashes hashes;
    struct audit *all;
    size_t count = 0;

    MUST(store_open(&store, &options, &unit->err));
    MUST(store_audit_list(store, arena, tenant, 0, 10, &all, &count, &unit->err));
    assert_true(count == 2 || (count == 0 && !said_yes));
    MUST(blob_put(store_blobs(store), bytes_of(arena, tenant), &hashes, &unit->err));
    MUST(blob_verify(store_blobs(store), hashes.sha256, &unit->err));
    MUST(store_check(store, NULL, &report, &unit->err));
    assert_true(store_check_is_sound(&report));
}

UNIT(wherever_memory_ends_nothing_that_was_acknowledged_is_lost)
{
    char *dir = support_dir(unit->arena);
    int points = 0, refused = 0, stopped = 0, count, step;
    bool has_fired = true;

    assert_true(work(dir, COUNT_MAX)); /* makes the folder */
    count = allocations_of(dir);
    step = count / (getenv("NIGHTSHIFT_LONG") ? 3000 : 30);
    for (int nth = 1; has_fired && nth < COUNT_MAX; nth += step) {
        int status = end_of(dir, nth, &has_fired);

        if (WIFSIGNALED(status))
            assert_int_equal(WTERMSIG(status), SIGABRT);
        points += has_fired;
        stopped += WIFSIGNALED(status);
        refused += WIFEXITED(status) && (WEXITSTATUS(status) & REFUSED);
        look(unit, dir, nth, WIFEXITED(status) && !(WEXITSTATUS(status) & REFUSED));
    }
    assert_false(has_fired);
    printf("%d of %d allocations failed: %d refusals, %d stops\n", points, count, refused, stopped);
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(wherever_memory_ends_nothing_that_was_acknowledged_is_lost),
    };

    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: a sanitizer brings a malloc of its own");
    return 0;
}

#endif
