#include "http/cookie.h"

#include <inttypes.h>
#include <strings.h>

#include "base/text.h"

static const char *find_in(struct arena *arena, const char *header, const char *name)
{
    struct span rest = span_of(header), piece, key;
    size_t size = strlen(name);

    while (rest.size > 0 && text_split(&rest, ';', &piece)) {
        piece = text_trim(piece);
        if (piece.size <= size || piece.at[size] != '=' || memcmp(piece.at, name, size) != 0)
            continue;
        key = span_make(piece.at + size + 1, piece.size - size - 1);
        return arena_text(arena, key);
    }
    return NULL;
}

const char *cookie_read(const struct req *req, const char *name)
{
    for (size_t i = 0; i < req->header_count; i++) {
        const char *value = NULL;

        if (strcasecmp(req->headers[i].name, "Cookie") == 0)
            value = find_in(req->arena, req->headers[i].value, name);
        if (value)
            return value;
    }
    return NULL;
}

char *cookie_write(struct arena *arena, const char *name, const char *value, int64_t max_age_s)
{
    return arena_printf(arena, "%s=%s; Path=/; Max-Age=%" PRId64 "; SameSite=Strict; HttpOnly; Secure", name,
                        value, max_age_s);
}
