/* What every unit test needs: cmocka, an arena that ends with the test, an err that must stay empty.
 * UNIT(it_says_what_holds) { ... } sees `unit`; UNIT_TEST(it_says_what_holds) is its row in main(). */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"

struct unit {
    struct arena *arena;
    struct err err;
};

static inline int unit_begin(void **state)
{
    struct unit *unit = calloc(1, sizeof(*unit));

    if (!unit)
        return -1;
    unit->arena = arena_new();
    *state = unit;
    return 0;
}

static inline int unit_end(void **state)
{
    struct unit *unit = *state;

    arena_freep(&unit->arena);
    free(unit);
    return 0;
}

/* A fallible call that must work; else the test fails with what it said. */
#define MUST(call)                                                                                           \
    do {                                                                                                     \
        if (!(call))                                                                                         \
            fail_msg("%s: %s", #call, unit->err.text);                                                       \
    } while (0)

/* A fallible call that must refuse with that code. */
#define REFUSES(code_, call)                                                                                 \
    do {                                                                                                     \
        assert_false(call);                                                                                  \
        assert_string_equal(err_word(unit->err.code), err_word(code_));                                      \
    } while (0)

#define SAYS(words) assert_non_null(strstr(unit->err.text, words))

#define UNIT(name)                                                                                           \
    static void name##_(struct unit *unit);                                                                  \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        name##_(*state);                                                                                     \
    }                                                                                                        \
    static void name##_(struct unit *unit __attribute__((unused)))

#define UNIT_TEST(name) cmocka_unit_test_setup_teardown(name, unit_begin, unit_end)
