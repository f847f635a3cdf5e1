#include "malformed/malformed.h"

#define DEEP_MAX 3000

static struct span cut(struct dice *dice, struct span bytes)
{
    return span_make(bytes.at, (size_t)dice_below(dice, (int64_t)bytes.size + 1));
}

static struct span flip(struct dice *dice, struct arena *arena, struct span bytes)
{
    char *at = arena_text(arena, bytes);

    for (int64_t times = dice_between(dice, 1, 6); times > 0 && bytes.size > 0; times--)
        at[dice_below(dice, (int64_t)bytes.size)] = (char)dice_below(dice, 256);
    return span_make(at, bytes.size);
}

/* A stretch again, somewhere else. */
static struct span splice(struct dice *dice, struct arena *arena, struct span bytes)
{
    size_t from = (size_t)dice_below(dice, (int64_t)bytes.size + 1),
           to = (size_t)dice_below(dice, (int64_t)bytes.size + 1);
    size_t size = (size_t)dice_below(dice, (int64_t)(bytes.size - from) + 1);
    struct buf out = {.arena = arena};

    buf_add(&out, span_make(bytes.at, to));
    buf_add(&out, span_make(bytes.at + from, size));
    buf_add(&out, span_make(bytes.at + to, bytes.size - to));
    return buf_span(&out);
}

static struct span append(struct dice *dice, struct arena *arena, struct span bytes)
{
    static const char *const tails[] = {"}",  "]", ",",  "{}",     "\n\n", "\xef\xbb\xbf",
                                        "//", "0", "\"", "\\u0000"};
    struct buf out = {.arena = arena};
    bool is_before = dice_chance(dice, 40);
    const char *more = DICE_PICK(dice, tails);

    if (is_before)
        buf_text(&out, more);
    buf_add(&out, bytes);
    if (!is_before)
        buf_text(&out, more);
    return buf_span(&out);
}

/* Something where a value was: deep, long, twice, or of a spelling that readers like to differ in. */
static struct span replace(struct dice *dice, struct arena *arena, struct span bytes)
{
    static const char *const values[] = {
        "1e999",   "-0",     "1E400",    "01",  "0.1", "\"\\ud800\"",       "\"\\u0000\"",
        "\"\\x\"", "NaN",    "Infinity", "tru", "'a'", "{\"a\":1,\"a\":2}", "[1,]",
        "{,}",     "\"\t\"", "\"\xff\"", "{}"};
    struct buf out = {.arena = arena};
    const char *colon = memchr(bytes.at, ':', bytes.size);
    size_t at = colon ? (size_t)(colon - bytes.at) + 1 : 0;
    int64_t deep = dice_chance(dice, 30) ? dice_between(dice, 1, DEEP_MAX) : 0;

    buf_add(&out, span_make(bytes.at, at));
    for (int64_t i = 0; i < deep; i++)
        buf_text(&out, i % 2 ? "[" : "{\"a\":");
    buf_text(&out, DICE_PICK(dice, values));
    for (int64_t i = deep; i > 0; i--)
        buf_text(&out, i % 2 ? "}" : "]");
    if (dice_chance(dice, 50))
        buf_add(&out, span_make(bytes.at + at, bytes.size - at));
    else
        buf_text(&out, "}");
    return buf_span(&out);
}

struct span break_bytes(struct dice *dice, struct arena *arena, struct span bytes)
{
    switch (dice_below(dice, 6)) {
    case 0:
        return cut(dice, bytes);
    case 1:
        return flip(dice, arena, bytes);
    case 2:
        return splice(dice, arena, bytes);
    case 3:
        return append(dice, arena, bytes);
    default:
        return bytes.size > 0 ? replace(dice, arena, bytes) : bytes;
    }
}
