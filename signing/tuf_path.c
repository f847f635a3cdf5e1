#include "signing/tuf.h"

#include "base/text.h"

#define COMPONENT_CHARS 128

static bool is_path_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("._+-", c));
}

static bool is_component(struct span part, const char *also)
{
    if (part.size < 1 || part.size > COMPONENT_CHARS || part.at[0] == '.')
        return false;
    for (size_t i = 0; i < part.size; i++)
        if (!is_path_char(part.at[i]) && !strchr(also, part.at[i]))
            return false;
    return true;
}

static bool has_components(const char *path, const char *also)
{
    struct span rest = span_of(path), part;
    int count = 0;

    while (text_split(&rest, '/', &part)) {
        count++;
        if (!is_component(part, also))
            return false;
    }
    return count == 3;
}

bool tuf_path_check(const char *path, struct err *err)
{
    if (!path || !has_components(path, ""))
        return FAIL(
            err, ERR_INVALID,
            "a target path is FAMILY/VERSION/FILE, each 1 to %d characters of A-Z a-z 0-9 . _ + - and not "
            "starting with a dot",
            COMPONENT_CHARS);
    return true;
}

bool tuf_pattern_check(const char *pattern, struct err *err)
{
    if (!pattern || !has_components(pattern, "*?"))
        return FAIL(err, ERR_INVALID, "a delegated pattern is like FAMILY/*/*: target paths with * and ?");
    return true;
}

/* How many bytes the character at the start takes; a stray byte counts as one. */
static size_t character(struct span text)
{
    size_t size = 1;

    while (size < text.size && ((uint8_t)text.at[size] & 0xC0) == 0x80)
        size++;
    return size;
}

static void skip(struct span *text, size_t size)
{
    text->at += size;
    text->size -= size;
}

/* Goes back to the last star only, so it takes no more than length times length steps. */
static bool component_matches(struct span pattern, struct span text)
{
    struct span star = {NULL, 0}, retry = {NULL, 0};

    while (text.size > 0) {
        if (pattern.size > 0 && *pattern.at == '*') {
            skip(&pattern, 1);
            star = pattern;
            retry = text;
        } else if (pattern.size > 0 && *pattern.at == '?') {
            skip(&pattern, 1);
            skip(&text, character(text));
        } else if (pattern.size > 0 && *pattern.at == *text.at) {
            skip(&pattern, 1);
            skip(&text, 1);
        } else if (star.at) {
            skip(&retry, character(retry));
            pattern = star;
            text = retry;
        } else {
            return false;
        }
    }
    while (pattern.size > 0 && *pattern.at == '*')
        skip(&pattern, 1);
    return pattern.size == 0;
}

bool tuf_path_matches(const char *pattern, const char *path)
{
    struct span patterns = span_of(pattern), paths = span_of(path), left, right;
    bool has_left, has_right;

    for (;;) {
        has_left = text_split(&patterns, '/', &left);
        has_right = text_split(&paths, '/', &right);
        if (!has_left || !has_right)
            return has_left == has_right;
        if (!component_matches(left, right))
            return false;
    }
}

char *tuf_target_file(struct arena *arena, const struct tuf_target *target, bool has_plain_names)
{
    const char *slash = strrchr(target->path, '/'), *base = slash ? slash + 1 : target->path;
    const char *hash = target->sha256 ? target->sha256 : target->sha512;

    if (has_plain_names)
        return arena_dup(arena, target->path);
    return arena_printf(arena, "%.*s%s.%s", (int)(base - target->path), target->path, hash ? hash : "", base);
}
