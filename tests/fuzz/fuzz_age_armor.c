/* Armor from strangers: what is taken is taken whole however it is cut into pieces, and written again it is
 * the same but for line ends and the white space around. */
#include <stdlib.h>

#include "base/buf.h"
#include "signing/age_armor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool add(void *to, struct span bytes, struct err *err)
{
    (void)err;
    buf_add(to, bytes);
    return true;
}

static bool read_in_pieces(struct span text, size_t piece, struct buf *out)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *reader = NULL;
    struct err err = {0};

    age_armor_reader_begin(&(struct age_sink){add, out}, &reader);
    for (size_t at = 0; at < text.size; at += piece)
        if (!age_armor_reader_push(
                reader, span_make(text.at + at, text.size - at < piece ? text.size - at : piece), &err))
            return false;
    return age_armor_reader_end(reader, &err);
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void check_same(struct arena *arena, struct span text, struct span binary)
{
    AUTO(age_armor_writer_freep) struct age_armor_writer *writer = NULL;
    struct buf again = {.arena = arena}, plain = {.arena = arena};
    struct err err = {0};

    age_armor_writer_begin(&(struct age_sink){add, &again}, &writer);
    must(age_armor_writer_push(writer, binary, &err) && age_armor_writer_end(writer, &err));
    for (; text.size && is_white(text.at[0]); text.size--)
        text.at++;
    while (text.size && is_white(text.at[text.size - 1]))
        text.size--;
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != '\r')
            buf_char(&plain, text.at[i]);
    buf_char(&plain, '\n');
    must(plain.size == again.size && memcmp(plain.at, again.at, again.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct buf whole = {.arena = arena}, cut = {.arena = arena};
    struct span text = span_make(data, size);

    bool is_read = read_in_pieces(text, 1 << 20, &whole);
    must(is_read == read_in_pieces(text, 5, &cut));
    if (!is_read)
        return 0;
    must(age_is_armor(text));
    must(whole.size == cut.size && (whole.size == 0 || memcmp(whole.at, cut.at, cut.size) == 0));
    check_same(arena, text, buf_span(&whole));
    return 0;
}
