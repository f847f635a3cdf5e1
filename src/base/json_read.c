#include "base/json.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

/* Our names first; the library's of the same spelling get another one. */
#define JSON_NULL JANSSON_NULL
#define JSON_FALSE JANSSON_FALSE
#define JSON_TRUE JANSSON_TRUE
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL JANSSON_REAL
#define JSON_STRING JANSSON_STRING
#define JSON_OBJECT JANSSON_OBJECT
#define json_string jansson_string
#define json_integer jansson_integer
#define json_real jansson_real
#define json_null jansson_null
#define json_copy jansson_copy
#include <jansson.h>
#undef JSON_NULL
#undef JSON_FALSE
#undef JSON_TRUE
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_STRING
#undef JSON_OBJECT
#undef json_string
#undef json_integer
#undef json_real
#undef json_null
#undef json_copy
#undef json_is_true

static const json_t *theirs(const struct json *value)
{
    return (const json_t *)value;
}

static const struct json *ours(const json_t *value)
{
    return (const struct json *)value;
}

/* ---- the library's memory ------------------------------------------------------------------------ */

/* A parsed document holds copies of whatever passwords the text had, and the library frees them as they are.
 * All of the block is wiped, not only what was asked for: the library does not say how much that was. */
static void wipe_and_free(void *block)
{
    if (!block)
        return;
    explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

/* What the library took before comes from the same malloc(), so it may be given back here, too. */
static void take_over_memory(void)
{
    json_set_alloc_funcs(malloc, wipe_and_free);
}

/* ---- parsing ------------------------------------------------------------------------------------- */

/* Looks at brackets and commas outside strings only. Up to the first mistake in the text this sees what the
 * parser will see, and after it the parser reads nothing. */
static bool check_shape(struct span text, struct err *err)
{
    size_t depth = 0, values = 1;
    bool in_string = false;

    /* The library takes a NUL byte for the end and ignores what follows. */
    if (text.size && memchr(text.at, '\0', text.size))
        return FAIL(err, ERR_INVALID, "JSON does not hold NUL bytes");
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if ((c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX)
            return FAIL(err, ERR_INVALID, "JSON is nested deeper than %d", JSON_DEPTH_MAX);
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if ((c == ',' || c == '{' || c == '[') && ++values > JSON_VALUES_MAX)
            return FAIL(err, ERR_INVALID, "JSON holds more than %d values", JSON_VALUES_MAX);
    }
    return true;
}

static void release(void *what)
{
    json_decref(what);
}

/* The library quotes what it stumbled over. That can be a token or a claim code, and refusals are logged: the
 * line and the column must do. */
static int size_unquoted(const char *text)
{
    const char *quote = strstr(text, " near '");

    return (int)(quote ? (size_t)(quote - text) : strlen(text));
}

bool json_parse(struct arena *arena, struct span text, const struct json **out, struct err *err)
{
    size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    json_error_t error;

    if (!check_shape(text, err))
        return false;
    pthread_once(&once, take_over_memory);
    json_t *root = json_loadb(text.size ? text.at : "", text.size, flags, &error);
    if (!root) {
        FAIL(err, ERR_INVALID, "JSON line %d column %d: %.*s", error.line, error.column,
             size_unquoted(error.text), error.text);
        explicit_bzero(&error, sizeof(error));
        return false;
    }
    arena_defer(arena, release, root);
    *out = ours(root);
    return true;
}

/* ---- looking ------------------------------------------------------------------------------------- */

enum json_kind json_kind(const struct json *value)
{
    static const enum json_kind kind[] = {
        [JANSSON_NULL] = JSON_NULL,       [JANSSON_FALSE] = JSON_FALSE,   [JANSSON_TRUE] = JSON_TRUE,
        [JANSSON_INTEGER] = JSON_INTEGER, [JANSSON_REAL] = JSON_REAL,     [JANSSON_STRING] = JSON_STRING,
        [JSON_ARRAY] = JSON_LIST,         [JANSSON_OBJECT] = JSON_OBJECT,
    };

    return value ? kind[json_typeof(theirs(value))] : JSON_NULL;
}

const struct json *json_member(const struct json *object, const char *name)
{
    return json_kind(object) == JSON_OBJECT ? ours(json_object_get(theirs(object), name)) : NULL;
}

size_t json_count(const struct json *value)
{
    if (json_kind(value) == JSON_OBJECT)
        return json_object_size(theirs(value));
    return json_kind(value) == JSON_LIST ? json_array_size(theirs(value)) : 0;
}

const struct json *json_item(const struct json *list, size_t i)
{
    return json_kind(list) == JSON_LIST ? ours(json_array_get(theirs(list), i)) : NULL;
}

/* The library iterates without changing the object, but does not say so in its types. */
static json_t *unconst(const struct json *value)
{
    union {
        const struct json *in;
        json_t *out;
    } cast = {.in = value};

    return cast.out;
}

const struct json *json_member_at(const struct json *object, size_t i, const char **name)
{
    if (json_kind(object) != JSON_OBJECT)
        return NULL;
    void *at = json_object_iter(unconst(object));

    while (at && i-- > 0)
        at = json_object_iter_next(unconst(object), at);
    if (!at)
        return NULL;
    if (name)
        *name = json_object_iter_key(at);
    return ours(json_object_iter_value(at));
}

const struct json *json_next(const struct json *object, void **at, const char **name)
{
    if (json_kind(object) != JSON_OBJECT)
        return NULL;
    *at = *at ? json_object_iter_next(unconst(object), *at) : json_object_iter(unconst(object));
    if (!*at)
        return NULL;
    *name = json_object_iter_key(*at);
    return ours(json_object_iter_value(*at));
}

struct span json_string_span(const struct json *value)
{
    if (json_kind(value) != JSON_STRING)
        return span_make(NULL, 0);
    return span_make(json_string_value(theirs(value)), json_string_length(theirs(value)));
}

const char *json_string(const struct json *value)
{
    struct span text = json_string_span(value);

    return text.at && strlen(text.at) == text.size ? text.at : NULL;
}

bool json_integer(const struct json *value, int64_t *out)
{
    if (json_kind(value) != JSON_INTEGER)
        return false;
    *out = json_integer_value(theirs(value));
    return true;
}

bool json_is_true(const struct json *value)
{
    return json_kind(value) == JSON_TRUE;
}

double json_real(const struct json *value)
{
    return value ? json_number_value(theirs(value)) : 0;
}

void json_copy(struct json_out *j, const char *name, const struct json *value)
{
    if (!value) {
        json_null(j, name);
        return;
    }
    char *text = json_dumps(theirs(value), JSON_COMPACT | JSON_ENCODE_ANY);

    if (!text)
        abort(); /* only without memory: the value was parsed */
    json_raw(j, name, span_of(text));
    wipe_and_free(text);
}
