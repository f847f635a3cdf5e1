#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/forbidden.h"
#include "support/unit.h"

#define PIECE 8192
#define PIECES 4096 /* 32 MiB */
#define KEPT 64     /* one of so many stays, so that no heap can shrink from its end */

static long anonymous_kb(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    long kb = -1;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "RssAnon: %ld kB", &kb) == 1)
            break;
    fclose(file);
    return kb;
}

UNIT(what_was_freed_between_what_is_kept_goes_back_to_the_system)
{
    char **pieces = arena_take(unit->arena, PIECES * sizeof(*pieces));
    long full, freed, back;

    if (IS_SANITIZED) {
        print_message("skipped: a sanitizer has a heap of its own\n");
        return;
    }
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = malloc(PIECE);
        assert_non_null(pieces[i]);
        memset(pieces[i], i, PIECE);
    }
    full = anonymous_kb();
    for (int i = 0; i < PIECES; i++)
        if (i % KEPT)
            free(pieces[i]);
    freed = anonymous_kb();
    assert_true(freed > full - 8192); /* the reason for it: the library keeps them */
    heap_return();
    back = anonymous_kb();
    assert_true(back < full - 24576);
    for (int i = 0; i < PIECES; i += KEPT) {
        assert_int_equal(pieces[i][PIECE - 1], (char)i);
        free(pieces[i]);
    }
}

/* The library by itself keeps blocks of a size that it has seen freed. */
UNIT(a_large_block_is_the_systems_when_it_is_freed_also_the_second_time)
{
    enum { LARGE = 16 << 20 };
    long before, between;

    (void)unit;
    if (IS_SANITIZED) {
        print_message("skipped: a sanitizer has a heap of its own\n");
        return;
    }
    heap_set();
    for (int i = 0; i < 3; i++) {
        char *large = malloc(LARGE), *small;

        assert_non_null(large);
        memset(large, i + 1, LARGE);
        small = malloc(100); /* behind it, if they shared a heap */
        assert_non_null(small);
        before = anonymous_kb();
        assert_int_equal(large[LARGE / 2], i + 1);
        free(large);
        between = anonymous_kb();
        free(small);
        assert_true(between <= before - LARGE / 1024 + 512);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_large_block_is_the_systems_when_it_is_freed_also_the_second_time),
        UNIT_TEST(what_was_freed_between_what_is_kept_goes_back_to_the_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
