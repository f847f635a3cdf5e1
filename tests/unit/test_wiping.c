/* What is wiped before it is given back. Both files under test are compiled in here, with a free() that looks
 * at each block first: looking behind it would be looking at memory that is not ours. */
#include "base/arena.h"
#include "base/json.h"

#include <malloc.h>
#include <stdlib.h>

#include "support/unit.h"

#define SECRET "HUSH4EVERHUSH4EVERHUSH4EVER"

static struct {
    size_t blocks, with_secret, not_zero;
} seen;

static bool is_zero(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i])
            return false;
    return true;
}

static void look_and_free(void *block)
{
    size_t size = block ? malloc_usable_size(block) : 0;

    seen.blocks += block != NULL;
    seen.with_secret += size && memmem(block, size, SECRET, strlen(SECRET));
    seen.not_zero += size && !is_zero(block, size);
    free(block);
}

#define free(block) look_and_free(block)
#include "../../src/base/arena.c"
#include "../../src/base/json_read.c"
#undef free

/* ---- arenas ---- */

static char *take_secret(struct arena *arena, size_t size)
{
    char *at = arena_take(arena, size);

    memcpy(at + size - strlen(SECRET), SECRET, strlen(SECRET));
    return at;
}

/* Small ones, blocks that grow, and one with a block of its own. */
static void fill(struct arena *arena)
{
    for (size_t i = 0; i < 300; i++)
        take_secret(arena, 1000);
    take_secret(arena, 1000000);
    arena_printf(arena, "%s %0300d", SECRET, 7);
    arena_dup(arena, SECRET);
}

UNIT(a_secret_arena_gives_nothing_back_unwiped)
{
    struct arena *arena = arena_new_secret();

    memset(&seen, 0, sizeof(seen));
    fill(arena);
    arena_freep(&arena);
    assert_null(arena);
    assert_in_range(seen.blocks, 5, 1000);
    assert_int_equal(seen.with_secret, 0);
}

UNIT(a_reset_wipes_the_block_it_keeps_and_those_it_gives_back)
{
    struct arena *arena = arena_new_secret();
    char *first = take_secret(arena, 100);

    memset(&seen, 0, sizeof(seen));
    fill(arena);
    arena_reset(arena);
    assert_true(is_zero(first, 100));
    assert_true(seen.blocks > 3);
    assert_int_equal(seen.with_secret, 0);
    assert_ptr_equal(take_secret(arena, 100), first);
    fill(arena);
    arena_freep(&arena);
    assert_int_equal(seen.with_secret, 0);
}

UNIT(a_plain_arena_does_not_take_the_time)
{
    struct arena *arena = arena_new();

    memset(&seen, 0, sizeof(seen));
    fill(arena);
    arena_freep(&arena);
    assert_true(seen.with_secret > 3);
}

static void expect_secret(void *what)
{
    assert_memory_equal(what, SECRET, strlen(SECRET));
}

UNIT(what_is_called_at_the_end_still_sees_the_secret)
{
    struct arena *arena = arena_new_secret();

    arena_defer(arena, expect_secret, take_secret(arena, strlen(SECRET)));
    arena_reset(arena);
    arena_defer(arena, expect_secret, take_secret(arena, strlen(SECRET)));
    arena_freep(&arena);
}

/* ---- parsed documents ---- */

/* Names, values, long texts that grow while they are read, and a document that is refused half way. */
static void parse_and_drop(struct unit *unit, const char *end, bool is_fine)
{
    struct buf text = {.arena = unit->arena};
    struct arena *arena = arena_new_secret();
    struct buf again = {.arena = unit->arena};
    struct json_out out = {.buf = &again};
    const struct json *value;

    buf_text(&text, "{\"" SECRET "\":[\"" SECRET "\",{\"a\":\"");
    for (int i = 0; i < 200; i++)
        buf_text(&text, SECRET);
    buf_printf(&text, "\",\"b\":1}]%s", end);
    assert_int_equal(json_parse(arena, buf_span(&text), &value, &unit->err), is_fine);
    if (is_fine)
        json_copy(&out, NULL, value);
    arena_freep(&arena);
}

UNIT(a_parsed_document_gives_nothing_back_unwiped)
{
    memset(&seen, 0, sizeof(seen));
    parse_and_drop(unit, "}", true);
    /* Two of them are the arena itself and its block, which says how large it is. */
    assert_in_range(seen.blocks, 15, 1000);
    assert_int_equal(seen.with_secret, 0);
    assert_int_equal(seen.not_zero, 2);
}

UNIT(a_refused_document_gives_nothing_back_unwiped)
{
    memset(&seen, 0, sizeof(seen));
    parse_and_drop(unit, ",\"" SECRET, false);
    assert_true(seen.blocks > 10);
    assert_int_equal(seen.with_secret, 0);
    assert_int_equal(seen.not_zero, 2);
    wipe_and_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_secret_arena_gives_nothing_back_unwiped),
        UNIT_TEST(a_reset_wipes_the_block_it_keeps_and_those_it_gives_back),
        UNIT_TEST(a_plain_arena_does_not_take_the_time),
        UNIT_TEST(what_is_called_at_the_end_still_sees_the_secret),
        UNIT_TEST(a_parsed_document_gives_nothing_back_unwiped),
        UNIT_TEST(a_refused_document_gives_nothing_back_unwiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
