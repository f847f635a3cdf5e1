#include "http/path.h"

#include "base/text.h"

/* Skips "scheme://authority" of an absolute-form target; everything else is left alone. */
static const char *skip_origin(const char *target)
{
    const char *mark = target[0] == '/' ? NULL : strstr(target, "://");
    const char *path;

    if (!mark)
        return target;
    path = strchr(mark + 3, '/');
    return path ? path : "/";
}

bool path_normal(struct arena *arena, const char *target, const char **path, const char **query)
{
    const char *from = skip_origin(target);
    const char *end = from + strcspn(from, "?#");
    char *out = ARENA_MANY(arena, char, (size_t)(end - from) + 2);
    size_t size = 0;

    if (*from != '/' && strcmp(from, "*") != 0)
        return false;
    for (const char *at = from; at < end; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return false;
        if (*at != '/' || size == 0 || out[size - 1] != '/')
            out[size++] = *at;
    }
    if (size > 1 && out[size - 1] == '/')
        out[size - 1] = '\0';
    *path = out;
    *query = *end == '?' ? end + 1 : "";
    return true;
}

bool path_query(struct arena *arena, const char *text, struct http_pair *out, size_t max, size_t *count,
                struct err *err)
{
    struct span rest = span_of(text), piece;
    size_t found = 0;

    while (rest.size > 0 && text_split(&rest, '&', &piece)) {
        struct span name, value = piece;
        char *plain_name, *plain_value;

        if (piece.size == 0)
            continue;
        if (found == max)
            return FAIL(err, ERR_INVALID, "more than %zu query parameters", max);
        if (!text_split(&value, '=', &name))
            name = piece;
        if (!text_unescape(arena, name, true, &plain_name, err) ||
            !text_unescape(arena, value, true, &plain_value, err))
            return false;
        out[found++] = (struct http_pair){plain_name, plain_value};
    }
    *count = found;
    return true;
}

/* May this decoded segment become a name of ours? */
static bool is_sound(const char *segment)
{
    return segment[0] != '\0' && !strpbrk(segment, "/\\") && strcmp(segment, ".") != 0 &&
           strcmp(segment, "..") != 0;
}

static struct span take_segment(const char **at)
{
    size_t size = strcspn(*at, "/");
    struct span segment = span_make(*at, size);

    *at += size;
    return segment;
}

bool path_match(struct arena *arena, const char *pattern, const char *path, const char *args[HTTP_ARGS_MAX],
                bool *is_bad)
{
    struct span raw[HTTP_ARGS_MAX];
    size_t count = 0;
    struct err err;

    *is_bad = false;
    while (*pattern && *path) {
        if (*pattern == '{') {
            raw[count] = take_segment(&path);
            if (raw[count++].size == 0 || count > HTTP_ARGS_MAX)
                return false;
            pattern += strcspn(pattern, "}");
            pattern += *pattern == '}';
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    if (*pattern || *path)
        return false;
    for (size_t i = 0; i < count; i++) {
        char *plain;

        if (!text_unescape(arena, raw[i], false, &plain, &err) || !is_sound(plain)) {
            *is_bad = true;
            plain = arena_text(arena, raw[i]);
        }
        args[i] = plain;
    }
    return true;
}
