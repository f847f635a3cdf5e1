/* The decoders of text from outside: what they take can be said again and is read the same. */
#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_escapes(struct arena *arena, struct span text)
{
    char *plain, *again;
    struct err err;

    if (!text_unescape(arena, text, true, &plain, &err)) {
        must(err.code == ERR_INVALID);
        return;
    }
    must(strlen(plain) <= text.size);
    must(text_unescape(arena, span_of(text_escape(arena, plain)), true, &again, &err));
    must(strcmp(plain, again) == 0);
}

static void check_base64(struct arena *arena, struct span text)
{
    struct span bytes;
    struct err err;

    if (!text_unbase64(arena, text, &bytes, &err))
        return;
    const char *again = text_base64(arena, bytes);
    must(strlen(again) == text.size && memcmp(again, text.at, text.size) == 0);
}

static void check_times(struct arena *arena, const char *text)
{
    int64_t ms, again;

    if (text_time_parse(text, &ms)) {
        must(text_time_parse(text_time(arena, ms), &again));
        must(again == ms / 1000 * 1000);
    }
    if (text_http_date_parse(text, &ms))
        must(strcmp(text_http_date(arena, ms), text) == 0);
}

static void check_words(const char *text)
{
    int64_t number;
    struct err err;

    if (text_int(text, "number", -5, 1000000, &number, &err))
        must(number >= -5 && number <= 1000000);
    if (text_name(text, "name", 16, &err))
        must(strlen(text) <= 16 && text[0] != '.' && !strchr(text, '/'));
}

static void check_pieces(struct span text)
{
    struct span rest = text, piece;
    size_t total = 0, count = 0;

    for (; text_split(&rest, ',', &piece); count++) {
        must(text_trim(piece).size <= piece.size);
        total += piece.size;
    }
    must(count > 0 && total + count - 1 == text.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct span text = span_make(data, size);
    const char *copy = arena_text(arena, text);

    check_escapes(arena, text);
    check_base64(arena, text);
    check_times(arena, copy);
    check_words(copy);
    check_pieces(span_make(copy, size));
    (void)text_is_utf8(text);
    return 0;
}
