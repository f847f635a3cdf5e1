/* Ours, and not a library's: Debian's libcbor builds a tree whose arrays are as large as their heads claim,
 * so that nine bytes ask for gigabytes, and its streaming half hands over heads only - which is the twenty
 * lines of head_read(). Everything else here (nesting, limits, what JSON cannot say) would be ours anyway. */
#include "base/cbor.h"

#include <math.h>

#include "base/buf.h"
#include "base/cbor_parts.h"
#include "base/json.h"
#include "base/text.h"

#define INDEFINITE 31
#define BREAK 0xff

struct reading {
    struct arena *arena;
    struct span rest;
    struct json_out *out;
    size_t items;
};

struct head {
    enum major major;
    int info; /* the low five bits */
    uint64_t value;
};

static bool head_read(struct reading *r, struct head *out, struct err *err)
{
    size_t bytes;
    struct head head = {0};

    if (r->rest.size == 0)
        return FAIL(err, ERR_INVALID, "the CBOR ends in the middle of an item");
    head.major = (enum major)((uint8_t)r->rest.at[0] >> 5);
    head.info = (uint8_t)r->rest.at[0] & 31;
    if (head.info > 27 && head.info != INDEFINITE)
        return FAIL(err, ERR_INVALID, "the CBOR holds a reserved head 0x%02x", (uint8_t)r->rest.at[0]);
    bytes = head.info < 24 || head.info == INDEFINITE ? 0 : (size_t)1 << (head.info - 24);
    if (r->rest.size < 1 + bytes)
        return FAIL(err, ERR_INVALID, "the CBOR ends in the middle of an item");
    head.value = head.info < 24 ? (uint64_t)head.info : 0;
    for (size_t i = 1; i <= bytes; i++)
        head.value = head.value << 8 | (uint8_t)r->rest.at[i];
    r->rest = span_make(r->rest.at + 1 + bytes, r->rest.size - 1 - bytes);
    *out = head;
    return true;
}

/* Is a "break" next? Then it is taken. */
static bool is_broken(struct reading *r)
{
    if (r->rest.size == 0 || (uint8_t)r->rest.at[0] != BREAK)
        return false;
    r->rest = span_make(r->rest.at + 1, r->rest.size - 1);
    return true;
}

static bool piece_read(struct reading *r, const struct head *head, struct span *out, struct err *err)
{
    if (head->value > r->rest.size)
        return FAIL(err, ERR_INVALID, "the CBOR ends in the middle of a text");
    *out = span_make(r->rest.at, (size_t)head->value);
    r->rest = span_make(r->rest.at + out->size, r->rest.size - out->size);
    return text_is_utf8(*out) || FAIL(err, ERR_INVALID, "a CBOR text is not UTF-8");
}

static bool text_read(struct reading *r, const struct head *head, struct span *out, struct err *err)
{
    struct buf whole = {.arena = r->arena};
    struct span piece;
    struct head next;

    if (head->info != INDEFINITE)
        return piece_read(r, head, out, err);
    while (!is_broken(r)) {
        if (!head_read(r, &next, err))
            return false;
        if (next.major != TEXT || next.info == INDEFINITE)
            return FAIL(err, ERR_INVALID, "a CBOR text in pieces holds something else");
        if (!piece_read(r, &next, &piece, err))
            return false;
        buf_add(&whole, piece);
    }
    *out = buf_span(&whole);
    return true;
}

/* The writer takes names as C strings. */
static bool name_read(struct reading *r, const char **out, struct err *err)
{
    struct span name;
    struct head head;

    if (!head_read(r, &head, err))
        return false;
    if (head.major != TEXT)
        return FAIL(err, ERR_INVALID, "a name in a CBOR map must be a text");
    if (!text_read(r, &head, &name, err))
        return false;
    if (name.size && memchr(name.at, '\0', name.size))
        return FAIL(err, ERR_INVALID, "a name in a CBOR map holds a NUL character");
    *out = arena_text(r->arena, name);
    return true;
}

static bool value_read(struct reading *r, const char *name, int depth, struct err *err);

static bool container_read(struct reading *r, const struct head *head, const char *name, int depth,
                           struct err *err)
{
    const char *member = NULL;

    head->major == MAP ? json_open(r->out, name) : json_open_list(r->out, name);
    for (uint64_t i = 0; head->info == INDEFINITE ? !is_broken(r) : i < head->value; i++)
        if ((head->major == MAP && !name_read(r, &member, err)) || !value_read(r, member, depth, err))
            return false;
    json_close(r->out);
    return true;
}

/* RFC 8949, 3.3: one sign, five bits of exponent, ten of fraction. */
static double half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    double size = exponent == 0    ? ldexp(fraction, -24)
                  : exponent == 31 ? (fraction ? NAN : INFINITY)
                                   : ldexp(fraction + 1024, exponent - 25);

    return bits & 0x8000 ? -size : size;
}

static double real_of(const struct head *head)
{
    uint32_t bits = (uint32_t)head->value;
    double number;
    float single;

    if (head->info == 25)
        return half(head->value);
    memcpy(&single, &bits, sizeof(single));
    memcpy(&number, &head->value, sizeof(number));
    return head->info == 26 ? (double)single : number;
}

/* 17 digits come back as the same number; a point keeps it a real one. */
static bool real_read(struct reading *r, const struct head *head, const char *name, struct err *err)
{
    double number = real_of(head);
    const char *text;

    if (!isfinite(number))
        return FAIL(err, ERR_INVALID, "a CBOR number is not finite");
    text = arena_printf(r->arena, "%.17g", number);
    json_raw(r->out, name, span_of(strpbrk(text, ".e") ? text : arena_printf(r->arena, "%s.0", text)));
    return true;
}

static bool other_read(struct reading *r, const struct head *head, const char *name, struct err *err)
{
    if (head->info >= 25 && head->info <= 27)
        return real_read(r, head, name, err);
    if (head->info == 20 || head->info == 21)
        json_bool(r->out, name, head->info == 21);
    else if (head->info == 22)
        json_null(r->out, name);
    else
        return FAIL(err, ERR_INVALID, "the CBOR holds a %s",
                    head->info == INDEFINITE ? "break where an item belongs"
                                             : "simple value that is not false, true or null");
    return true;
}

static bool integer_read(struct reading *r, const struct head *head, const char *name, struct err *err)
{
    if (head->value > INT64_MAX)
        return FAIL(err, ERR_INVALID, "a CBOR integer is beyond 64 bits with a sign");
    json_int(r->out, name, head->major == UINT ? (int64_t)head->value : -1 - (int64_t)head->value);
    return true;
}

/* Tags that leave a JSON value what it is: a date as text or number, and "this is CBOR". */
static bool tag_read(struct reading *r, const struct head *head, const char *name, int depth, struct err *err)
{
    if (head->value != 0 && head->value != 1 && head->value != 55799)
        return FAIL(err, ERR_INVALID, "CBOR tag %llu is not known here", (unsigned long long)head->value);
    return value_read(r, name, depth, err);
}

/* Only texts, lists and maps come in pieces; a head of 31 at "other" is a break. */
static bool is_head_allowed(const struct head *head, struct err *err)
{
    if (head->major == BYTES)
        return FAIL(err, ERR_INVALID, "JSON has no byte strings, so none may be in the CBOR");
    if (head->info == INDEFINITE && (head->major < TEXT || head->major == TAG))
        return FAIL(err, ERR_INVALID, "a CBOR number or tag has no length");
    return true;
}

static bool value_read(struct reading *r, const char *name, int depth, struct err *err)
{
    struct span text;
    struct head head;

    if (++r->items > JSON_VALUES_MAX)
        return FAIL(err, ERR_INVALID, "the CBOR holds more than %d items", JSON_VALUES_MAX);
    if (!head_read(r, &head, err) || !is_head_allowed(&head, err))
        return false;
    if (head.major >= LIST && head.major <= TAG && ++depth > JSON_DEPTH_MAX)
        return FAIL(err, ERR_INVALID, "the CBOR is nested deeper than %d", JSON_DEPTH_MAX);
    if (head.major == UINT || head.major == NEGATIVE)
        return integer_read(r, &head, name, err);
    if (head.major == LIST || head.major == MAP)
        return container_read(r, &head, name, depth, err);
    if (head.major == TAG)
        return tag_read(r, &head, name, depth, err);
    if (head.major == OTHER)
        return other_read(r, &head, name, err);
    if (!text_read(r, &head, &text, err))
        return false;
    json_span(r->out, name, text);
    return true;
}

bool cbor_to_json(struct arena *arena, struct span cbor, struct span *out, struct err *err)
{
    struct buf made = {.arena = arena};
    struct json_out j = {.buf = &made};
    struct reading r = {.arena = arena, .rest = cbor, .out = &j};

    if (!value_read(&r, NULL, 0, err))
        return false;
    if (r.rest.size > 0)
        return FAIL(err, ERR_INVALID, "bytes follow the CBOR item");
    *out = buf_span(&made);
    return true;
}
