#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Blocks double from 4 KiB up to 256 KiB; a take of half a block or more gets a block of its own. */
#define FIRST_SIZE 4096
#define LARGEST_SIZE (256 * 1024)

struct block {
    struct block *older;
    size_t size, used; /* of data */
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *older;
    void (*fn)(void *what);
    void *what;
};

struct arena {
    struct block *newest; /* takes come from here; the oldest one is kept by arena_reset */
    struct deferred *deferred;
    size_t next_size, used;
    bool is_secret;
};

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "out of memory: %zu bytes\n", size);
    abort();
}

/* Zeroed: the pages of a large block come clean from the kernel. */
static struct block *block_new(size_t size)
{
    if (size > SIZE_MAX / 2)
        out_of_memory(size);
    struct block *block = calloc(1, sizeof(*block) + size);

    if (!block)
        out_of_memory(size);
    block->size = size;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (!arena)
        out_of_memory(sizeof(*arena));
    arena->newest = block_new(FIRST_SIZE - sizeof(struct block));
    arena->next_size = FIRST_SIZE * 2;
    return arena;
}

struct arena *arena_new_secret(void)
{
    struct arena *arena = arena_new();

    arena->is_secret = true;
    return arena;
}

/* Nothing beyond `used` was ever handed out. */
static void block_free(const struct arena *arena, struct block *block)
{
    if (arena->is_secret)
        explicit_bzero(block->data, block->used);
    free(block);
}

static void run_deferred(struct arena *arena)
{
    while (arena->deferred) {
        struct deferred *deferred = arena->deferred;

        arena->deferred = deferred->older;
        deferred->fn(deferred->what);
    }
}

static void free_younger(struct arena *arena)
{
    while (arena->newest->older) {
        struct block *older = arena->newest->older;

        block_free(arena, arena->newest);
        arena->newest = older;
    }
}

void arena_reset(struct arena *arena)
{
    run_deferred(arena);
    free_younger(arena);
    memset(arena->newest->data, 0, arena->newest->used);
    arena->newest->used = 0;
    arena->next_size = FIRST_SIZE * 2;
    arena->used = 0;
}

void arena_freep(struct arena **arena)
{
    if (!*arena)
        return;
    run_deferred(*arena);
    free_younger(*arena);
    block_free(*arena, (*arena)->newest);
    free(*arena);
    *arena = NULL;
}

/* Goes behind the newest block, so that what is left of that one stays in use. */
static void *take_alone(struct arena *arena, size_t size)
{
    struct block *block = block_new(size);

    block->used = size;
    block->older = arena->newest->older;
    arena->newest->older = block;
    return block->data;
}

static void grow(struct arena *arena)
{
    struct block *block = block_new(arena->next_size - sizeof(struct block));

    block->older = arena->newest;
    arena->newest = block;
    if (arena->next_size < LARGEST_SIZE)
        arena->next_size *= 2;
}

void *arena_take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        out_of_memory(size);
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (size == 0)
        size = alignof(max_align_t);
    arena->used += size;
    if (size > arena->newest->size - arena->newest->used) {
        if (size >= arena->next_size / 2)
            return take_alone(arena, size);
        grow(arena);
    }
    void *at = arena->newest->data + arena->newest->used;
    arena->newest->used += size;
    return at;
}

char *arena_text(struct arena *arena, struct span text)
{
    char *copy = arena_take(arena, text.size + 1);

    if (text.size)
        memcpy(copy, text.at, text.size);
    return copy;
}

char *arena_dup(struct arena *arena, const char *text)
{
    return text ? arena_text(arena, span_of(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char small[256];
    va_list again;

    va_copy(again, args);
    int wanted = vsnprintf(small, sizeof(small), format, args);
    if (wanted < 0)
        out_of_memory(0);
    size_t size = (size_t)wanted + 1;
    char *text = arena_take(arena, size);
    if (size <= sizeof(small))
        memcpy(text, small, size);
    else
        vsnprintf(text, size, format, again);
    if (arena->is_secret)
        explicit_bzero(small, sizeof(small));
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_defer(struct arena *arena, void (*fn)(void *what), void *what)
{
    struct deferred *deferred = ARENA_NEW(arena, struct deferred);

    *deferred = (struct deferred){arena->deferred, fn, what};
    arena->deferred = deferred;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
