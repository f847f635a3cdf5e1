/* JSON in and out. The only room-wide face of the JSON library: nobody else sees its types.
 * Reading is bounded first: size, depth and member count are checked, duplicate members refused. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* ---- reading ------------------------------------------------------------- */

struct json; /* a value in a parsed document; lives as long as the arena */

/* Some of our names are also exported by the JSON library, and its own calls would land here. */
#define JSON_OURS(name) __asm__("house_" #name)

#define JSON_DEPTH_MAX 32
#define JSON_VALUES_MAX 200000 /* values in one document, counted before any of them takes memory */

/* Strict UTF-8, no duplicate members, depth <= JSON_DEPTH_MAX, \u0000 allowed. The text is bounded by its route. */
bool json_parse(struct arena *arena, struct span text, const struct json **out, struct err *err) CHECKED;

/* clang-format off */
enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INTEGER, JSON_REAL, JSON_STRING, JSON_LIST, JSON_OBJECT };
/* clang-format on */

enum json_kind json_kind(const struct json *value);
/* NULL when absent or not an object. */
const struct json *json_member(const struct json *object, const char *name);
size_t json_count(const struct json *value); /* items or members */
const struct json *json_item(const struct json *list, size_t i);
/* i-th member in document order; walks there from the first. */
const struct json *json_member_at(const struct json *object, size_t i, const char **name);
/* All members in document order, in linear time: start with *at NULL; NULL after the last. */
const struct json *json_next(const struct json *object, void **at, const char **name);
/* NULL unless a string, and one without NUL bytes: what follows a NUL cannot be smuggled past a check. */
const char *json_string(const struct json *value) JSON_OURS(json_string);
struct span json_string_span(const struct json *value); /* may hold NUL bytes */
/* False unless an integer. */
bool json_integer(const struct json *value, int64_t *out) JSON_OURS(json_integer);
bool json_is_true(const struct json *value);
double json_real(const struct json *value) JSON_OURS(json_real); /* 0 unless a number */

/* One row per member we expect. Made with the macros below only. */
struct json_field {
    const char *name;
    enum { FIELD_TEXT, FIELD_INT, FIELD_BOOL, FIELD_LIST, FIELD_OBJECT, FIELD_ANY } type;
    bool is_optional; /* absent or null leaves *out as it was */
    void *out;
    int64_t min, max; /* characters of a text, value of an integer, items of a list */
};
/* clang-format off */
#define JSON_TEXT(name, out, min, max) {name, FIELD_TEXT, false, (void *)(const char **){&(out)}, min, max}
#define JSON_INT(name, out, min, max) {name, FIELD_INT, false, (void *)(int64_t *){&(out)}, min, max}
#define JSON_BOOL(name, out) {name, FIELD_BOOL, false, (void *)(bool *){&(out)}, 0, 0}
#define JSON_LIST_OF(name, out, max) {name, FIELD_LIST, false, (void *)(const struct json **){&(out)}, 0, max}
#define JSON_OBJECT_OF(name, out) {name, FIELD_OBJECT, false, (void *)(const struct json **){&(out)}, 0, 0}
#define JSON_OPT_TEXT(name, out, min, max) {name, FIELD_TEXT, true, (void *)(const char **){&(out)}, min, max}
#define JSON_OPT_INT(name, out, min, max) {name, FIELD_INT, true, (void *)(int64_t *){&(out)}, min, max}
#define JSON_OPT_BOOL(name, out) {name, FIELD_BOOL, true, (void *)(bool *){&(out)}, 0, 0}
#define JSON_OPT_LIST_OF(name, out, max) {name, FIELD_LIST, true, (void *)(const struct json **){&(out)}, 0, max}
#define JSON_OPT_OBJECT_OF(name, out) {name, FIELD_OBJECT, true, (void *)(const struct json **){&(out)}, 0, 0}
#define JSON_OPT_ANY(name, out) {name, FIELD_ANY, true, (void *)(const struct json **){&(out)}, 0, 0}
/* clang-format on */

/* Fills every field from an object. Refusals name the member; an unknown member is refused by json_read
 * and ignored by json_read_lenient (for stock clients). An optional member of the wrong type or out of its
 * bounds is refused by both. A text with a NUL byte is refused. */
bool json_read(const struct json *object, const struct json_field *fields, size_t count,
               struct err *err) CHECKED;
bool json_read_lenient(const struct json *object, const struct json_field *fields, size_t count,
                       struct err *err) CHECKED;

/* ---- writing: the one place where a quote is escaped ----------------------- */

struct json_out {
    struct buf *buf;
    int depth;
    bool has_item[JSON_DEPTH_MAX];
    bool is_list[JSON_DEPTH_MAX];
};

/* `name` is NULL for list items and for the outermost value. */
void json_open(struct json_out *j, const char *name);                    /* { */
void json_open_list(struct json_out *j, const char *name);               /* [ */
void json_close(struct json_out *j);                                     /* } or ], whichever is open */
void json_text(struct json_out *j, const char *name, const char *value); /* NULL value writes null */
void json_span(struct json_out *j, const char *name, struct span value);
void json_int(struct json_out *j, const char *name, int64_t value);
void json_bool(struct json_out *j, const char *name, bool value);
void json_null(struct json_out *j, const char *name) JSON_OURS(json_null);
/* For figures shown to people, 6 digits. */
void json_number(struct json_out *j, const char *name, double value);
void json_raw(struct json_out *j, const char *name, struct span json); /* already JSON */
/* A parsed value, as it was but for white space. */
void json_copy(struct json_out *j, const char *name, const struct json *value) JSON_OURS(json_copy);
/* Leaves the member out when the text is NULL or "". */
void json_text_if(struct json_out *j, const char *name, const char *value);
/* RFC 3339 text of ms since the epoch; left out when 0. */
void json_time_if(struct json_out *j, const char *name, int64_t ms);
