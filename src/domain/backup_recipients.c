#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/backup_parts.h"
#include "signing/age_header.h"

bool recipients_have(const struct recipients *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->text[i], text))
            return true;
    return false;
}

bool recipients_add(struct arena *arena, struct recipients *to, const char *text, struct err *err)
{
    if (to->count == RECIPIENTS_MOST)
        return FAIL(err, ERR_TOO_LARGE, "a backup has at most %d recipients", RECIPIENTS_MOST);
    if (!age_recipient_parse(span_of(text), &to->point[to->count], err))
        return false;
    if (recipients_have(to, text))
        return FAIL(err, ERR_INVALID, "recipient %s is named twice", text);
    to->text[to->count++] = arena_dup(arena, text);
    return true;
}

bool recipients_parse(struct arena *arena, const char *text, struct recipients *out, struct err *err)
{
    struct span rest = span_of(text), piece;
    struct recipients read = {0};

    while (rest.size > 0 && text_split(&rest, ' ', &piece))
        if (!recipients_add(arena, &read, arena_text(arena, piece), err))
            return false;
    *out = read;
    return true;
}

bool recipients_agree(const struct recipients *a, const struct recipients *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!recipients_have(b, a->text[i]))
            return false;
    return a->count == b->count;
}

const char *recipients_text(struct arena *arena, const struct recipients *list)
{
    struct buf text = {.arena = arena};

    for (size_t i = 0; i < list->count; i++)
        buf_printf(&text, "%s%s", i ? " " : "", list->text[i]);
    return buf_cstr(&text);
}

bool recipients_moved(struct arena *arena, const char *from, const char *wrapped_to, const char *next,
                      struct recipients *out, struct err *err)
{
    struct recipients old, moved = {0};

    if (!recipients_parse(arena, from, &old, err) || !recipients_add(arena, &moved, next, err))
        return false;
    for (size_t i = 0; i < old.count; i++)
        if (!text_equal(old.text[i], wrapped_to) && !text_equal(old.text[i], next) &&
            !recipients_add(arena, &moved, old.text[i], err))
            return false;
    *out = moved;
    return true;
}

bool recipients_fit_header(struct span header, size_t count, struct err *err)
{
    struct age_stanzas found;

    if (!age_header_stanzas(header, &found, err))
        return false;
    if (found.scrypt || found.other)
        return FAIL(err, ERR_INVALID, "a backup is sealed to X25519 recipients and nobody else");
    return found.x25519 == count ||
           FAIL(err, ERR_INVALID, "the header is for %zu recipients, and %zu are named", found.x25519, count);
}
