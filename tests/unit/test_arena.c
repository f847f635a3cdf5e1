#include "base/arena.h"

#include <stdalign.h>

#include "support/unit.h"

static bool is_zero(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i])
            return false;
    return true;
}

UNIT(memory_is_zeroed_aligned_and_never_shared)
{
    char *last = NULL;

    for (size_t size = 0; size < 3000; size += 7) {
        char *at = arena_take(unit->arena, size);

        assert_non_null(at);
        assert_ptr_not_equal(at, last);
        assert_int_equal(0, (uintptr_t)at % alignof(max_align_t));
        assert_true(is_zero(at, size));
        memset(at, 0xAA, size);
        last = at;
    }
}

UNIT(memory_taken_after_a_reset_is_zeroed_again)
{
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < 100000; size *= 3) {
            char *at = arena_take(unit->arena, size);

            assert_true(is_zero(at, size));
            memset(at, 0x55, size);
        }
        arena_reset(unit->arena);
        assert_int_equal(0, arena_used(unit->arena));
    }
}

UNIT(a_reset_keeps_the_first_block)
{
    char *first = arena_take(unit->arena, 8);

    for (int i = 0; i < 100; i++)
        arena_take(unit->arena, 1000);
    arena_reset(unit->arena);
    assert_ptr_equal(first, arena_take(unit->arena, 8));
}

UNIT(a_big_take_leaves_the_block_in_use)
{
    char *before = arena_take(unit->arena, 16);
    char *big = arena_take(unit->arena, 1000000);

    assert_true(is_zero(big, 1000000));
    memset(big, 1, 1000000);
    assert_ptr_equal(before + 16, arena_take(unit->arena, 16));
}

UNIT(copies_end_with_a_nul_and_stand_alone)
{
    char text[] = "abc";
    char *copy = arena_dup(unit->arena, text);
    char *part = arena_text(unit->arena, span_make(text, 2));

    text[0] = 'x';
    assert_string_equal("abc", copy);
    assert_string_equal("ab", part);
    assert_null(arena_dup(unit->arena, NULL));
    assert_string_equal("", arena_text(unit->arena, span_make(NULL, 0)));
}

UNIT(printing_fits_whatever_comes_out)
{
    for (int width = 1; width < 2000; width += 13) {
        char *text = arena_printf(unit->arena, "%*d", width, 7);

        assert_int_equal(width, strlen(text));
        assert_int_equal('7', text[width - 1]);
    }
}

static char order[8];

static void note(void *what)
{
    strncat(order, what, 1);
}

UNIT(deferred_calls_run_newest_first_and_once)
{
    char a[] = "a", b[] = "b", c[] = "c";

    order[0] = '\0';
    arena_defer(unit->arena, note, a);
    arena_defer(unit->arena, note, b);
    arena_reset(unit->arena);
    assert_string_equal("ba", order);
    arena_defer(unit->arena, note, c);
    arena_freep(&unit->arena);
    assert_string_equal("bac", order);
    assert_null(unit->arena);
    arena_freep(&unit->arena);
    assert_string_equal("bac", order);
}

UNIT(what_was_taken_is_counted)
{
    arena_take(unit->arena, 1000);
    arena_take(unit->arena, 50000);
    assert_in_range(arena_used(unit->arena), 51000, 51100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(memory_is_zeroed_aligned_and_never_shared),
        UNIT_TEST(memory_taken_after_a_reset_is_zeroed_again),
        UNIT_TEST(a_reset_keeps_the_first_block),
        UNIT_TEST(a_big_take_leaves_the_block_in_use),
        UNIT_TEST(copies_end_with_a_nul_and_stand_alone),
        UNIT_TEST(printing_fits_whatever_comes_out),
        UNIT_TEST(deferred_calls_run_newest_first_and_once),
        UNIT_TEST(what_was_taken_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
