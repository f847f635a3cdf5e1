#include "signing/age_armor.h"

#include <sodium.h>
#include <stdlib.h>

#include "signing/age_armor_parts.h"

#define LINES 64 /* that go to the sink at once */

enum armor_state { ARMOR_BEFORE, ARMOR_BODY, ARMOR_LAST, ARMOR_BEHIND, ARMOR_ENDED, ARMOR_REFUSED };

struct age_armor_reader {
    enum armor_state state;
    struct age_sink sink;
    size_t blank;  /* bytes of white space, before or behind */
    size_t number; /* of the line, from 1 */
    size_t filled; /* of `line` */
    size_t used;   /* of `out` */
    char line[AGE_ARMOR_BLANK_MAX + 2];
    uint8_t out[LINES * AGE_ARMOR_LINE_BYTES];
};

static bool is_blank_char(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_blank_char(text.at[i]))
            return false;
    return true;
}

bool age_is_armor(struct span start)
{
    static const char begins[] = "-----BEGIN";

    while (start.size > 0 && is_blank_char(start.at[0]))
        start = span_make(start.at + 1, start.size - 1);
    return start.size >= sizeof(begins) - 1 && memcmp(start.at, begins, sizeof(begins) - 1) == 0;
}

void age_armor_reader_begin(const struct age_sink *sink, struct age_armor_reader **out)
{
    struct age_armor_reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        abort();
    reader->sink = *sink;
    *out = reader;
}

void age_armor_reader_freep(struct age_armor_reader **reader)
{
    free(*reader);
    *reader = NULL;
}

static bool flush(struct age_armor_reader *reader, struct err *err)
{
    size_t used = reader->used;

    reader->used = 0;
    return used == 0 || reader->sink.write(reader->sink.to, span_make(reader->out, used), err);
}

static bool count_blank(struct age_armor_reader *reader, size_t size, struct err *err)
{
    reader->blank += size;
    return reader->blank <= AGE_ARMOR_BLANK_MAX ||
           FAIL(err, ERR_INVALID, "age armor: line %zu: more than %d bytes of white space", reader->number,
                AGE_ARMOR_BLANK_MAX);
}

static bool take_before(struct age_armor_reader *reader, struct span line, struct err *err)
{
    if (is_blank(line))
        return count_blank(reader, line.size + 1, err);
    if (!age_span_is(line, AGE_ARMOR_BEGIN))
        return FAIL(err, ERR_INVALID, "age armor: line %zu: it is not %s", reader->number, AGE_ARMOR_BEGIN);
    reader->state = ARMOR_BODY;
    return true;
}

static bool decode_line(struct age_armor_reader *reader, struct span line, size_t *got, struct err *err)
{
    if (line.size == 0 || line.size > AGE_ARMOR_LINE_CHARS)
        return FAIL(err, ERR_INVALID, "age armor: line %zu: %zu characters, and a line has 1 to %d",
                    reader->number, line.size, AGE_ARMOR_LINE_CHARS);
    if (!age_decode64(line, sodium_base64_VARIANT_ORIGINAL, reader->out + reader->used, AGE_ARMOR_LINE_BYTES,
                      got))
        return FAIL(err, ERR_INVALID, "age armor: line %zu: it is not canonical base64", reader->number);
    return true;
}

static bool take_body(struct age_armor_reader *reader, struct span line, struct err *err)
{
    size_t got;

    if (age_span_is(line, AGE_ARMOR_END)) {
        reader->state = ARMOR_BEHIND;
        reader->blank = 0;
        return flush(reader, err);
    }
    if (reader->state == ARMOR_LAST)
        return FAIL(err, ERR_INVALID, "age armor: line %zu: behind a short line stands only %s",
                    reader->number, AGE_ARMOR_END);
    if (!decode_line(reader, line, &got, err))
        return false;
    if (got < AGE_ARMOR_LINE_BYTES)
        reader->state = ARMOR_LAST;
    reader->used += got;
    return reader->used + AGE_ARMOR_LINE_BYTES <= sizeof(reader->out) || flush(reader, err);
}

static bool take_behind(struct age_armor_reader *reader, struct span line, struct err *err)
{
    if (!is_blank(line))
        return FAIL(err, ERR_INVALID, "age armor: line %zu: there is something behind the end",
                    reader->number);
    return count_blank(reader, line.size + 1, err);
}

static bool take_line(struct age_armor_reader *reader, struct err *err)
{
    static bool (*const take[])(struct age_armor_reader * reader, struct span line, struct err * err) = {
        [ARMOR_BEFORE] = take_before,
        [ARMOR_BODY] = take_body,
        [ARMOR_LAST] = take_body,
        [ARMOR_BEHIND] = take_behind,
    };
    size_t size = reader->filled;

    reader->number++;
    reader->filled = 0;
    if (size > 0 && reader->line[size - 1] == '\r')
        size--;
    return take[reader->state](reader, span_make(reader->line, size), err);
}

static bool take_piece(struct age_armor_reader *reader, struct span *text, struct err *err)
{
    const char *end = memchr(text->at, '\n', text->size);
    size_t size = end ? (size_t)(end - text->at) : text->size;

    if (reader->filled + size > sizeof(reader->line))
        return FAIL(err, ERR_INVALID, "age armor: line %zu: a line has 1 to %d characters",
                    reader->number + 1, AGE_ARMOR_LINE_CHARS);
    memcpy(reader->line + reader->filled, text->at, size);
    reader->filled += size;
    size += end != NULL;
    *text = span_make(text->at + size, text->size - size);
    return !end || take_line(reader, err);
}

bool age_armor_reader_push(struct age_armor_reader *reader, struct span text, struct err *err)
{
    while (text.size > 0) {
        if (reader->state >= ARMOR_ENDED)
            return FAIL(err, ERR_CONFLICT, "age armor: reading has %s",
                        reader->state == ARMOR_ENDED ? "ended already" : "failed before");
        if (!take_piece(reader, &text, err)) {
            reader->state = ARMOR_REFUSED;
            return false;
        }
    }
    return true;
}

static bool end(struct age_armor_reader *reader, struct err *err)
{
    if (reader->state >= ARMOR_ENDED)
        return FAIL(err, ERR_CONFLICT, "age armor: reading has ended before");
    /* The end line, or white space behind it, may come without a line feed. */
    if (reader->filled > 0 && !take_line(reader, err))
        return false;
    return reader->state == ARMOR_BEHIND ||
           FAIL(err, ERR_INVALID, "age armor: the text is cut before %s", AGE_ARMOR_END);
}

bool age_armor_reader_end(struct age_armor_reader *reader, struct err *err)
{
    bool is_whole = end(reader, err);

    reader->state = is_whole ? ARMOR_ENDED : ARMOR_REFUSED;
    return is_whole;
}
