#include "api/feedback_read.h"

#include "base/text.h"

/* ---- a document ------------------------------------------------------------------- */

static bool name_find(const char *const *names, size_t count, const char *word, size_t *out)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(names[i], word)) {
            *out = i;
            return true;
        }
    return false;
}

static bool read_execution(const char *word, enum execution *out, struct err *err)
{
    size_t i;

    if (!name_find(execution_name, EXECUTION__MAX, word, &i))
        return FAIL(err, ERR_INVALID, "status.execution is missing or none of the known words");
    *out = (enum execution)i;
    return true;
}

static bool read_finished(const char *word, enum finished *out, struct err *err)
{
    size_t i;

    if (!name_find(finished_name, FINISHED__MAX, word, &i))
        return FAIL(err, ERR_INVALID, "status.result.finished is missing or none of none, success, failure");
    *out = (enum finished)i;
    return true;
}

static bool read_code(const struct json *holder, bool *has_code, int64_t *code, struct err *err)
{
    const struct json *value = json_member(holder, "code");

    if (!value || json_kind(value) == JSON_NULL)
        return true;
    if (!json_integer(value, code) || *code > INT32_MAX || *code < INT32_MIN)
        return FAIL(err, ERR_INVALID, "code must be a whole number of 32 bits");
    *has_code = true;
    return true;
}

/* A text as it is; anything else as JSON: better kept odd than lost. */
static struct span detail_text(struct arena *arena, const struct json *value)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    if (json_kind(value) == JSON_STRING)
        return json_string_span(value);
    json_copy(&j, NULL, value);
    return buf_span(&b);
}

/* A list, a single text, or nothing. */
static size_t read_details(struct arena *arena, const struct json *holder, const struct span **out)
{
    const struct json *value = json_member(holder, "details");
    bool is_list = value && json_kind(value) == JSON_LIST;
    size_t count = is_list ? json_count(value) : value && json_kind(value) != JSON_NULL;
    struct span *details = ARENA_MANY(arena, struct span, count + 1);

    for (size_t i = 0; i < count; i++)
        details[i] = detail_text(arena, is_list ? json_item(value, i) : value);
    *out = details;
    return count;
}

static bool read_document(struct arena *arena, const struct json *body, struct report *out, struct err *err)
{
    const struct json *status = json_member(body, "status");
    const struct json *result = json_member(status, "result");
    struct report report = {0};

    if (!read_execution(json_string(json_member(status, "execution")), &report.execution, err) ||
        !read_finished(json_string(json_member(result, "finished")), &report.finished, err) ||
        !read_code(status, &report.has_code, &report.code, err))
        return false;
    report.detail_count = read_details(arena, status, &report.details);
    *out = report;
    return true;
}

/* ---- what is almost a document ------------------------------------------------------- */

/* The text with control bytes inside quotes escaped: the mildest repair. */
static struct span escape_controls(struct arena *arena, struct span text)
{
    struct buf b = {.arena = arena};
    bool is_quoted = false;

    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = (uint8_t)text.at[i];

        if (is_quoted && c < 0x20)
            buf_printf(&b, "\\u%04x", c);
        else
            buf_char(&b, (char)c);
        if (is_quoted && c == '\\' && i + 1 < text.size && (uint8_t)text.at[i + 1] >= 0x20)
            buf_char(&b, text.at[++i]);
        else if (c == '"')
            is_quoted = !is_quoted;
    }
    return buf_span(&b);
}

/* What follows the first "name" and its colon; at NULL when there is none. */
static struct span after_name(struct arena *arena, struct span text, const char *name)
{
    const char *quoted = arena_printf(arena, "\"%s\"", name);
    const char *found = memmem(text.at, text.size, quoted, strlen(quoted));
    struct span rest = {0};

    if (!found)
        return rest;
    found += strlen(quoted);
    rest = text_trim(span_make(found, (size_t)(text.at + text.size - found)));
    if (rest.size == 0 || *rest.at != ':')
        return (struct span){0};
    return text_trim(span_make(rest.at + 1, rest.size - 1));
}

/* The word between quotes that `text` begins with, or NULL. */
static const char *quoted_word(struct arena *arena, struct span text)
{
    const char *end;

    if (text.size < 2 || *text.at != '"')
        return NULL;
    end = memchr(text.at + 1, '"', text.size - 1);
    return end ? arena_text(arena, span_make(text.at + 1, (size_t)(end - text.at - 1))) : NULL;
}

/* From the first quote after "details" to the last bracket: as much of it as is there, unchanged. */
static struct span raw_details(struct arena *arena, struct span text)
{
    struct span rest = after_name(arena, text, "details");
    const char *end = rest.at ? memrchr(rest.at, ']', rest.size) : NULL;

    if (!rest.at)
        return (struct span){0};
    if (end)
        rest.size = (size_t)(end - rest.at);
    while (rest.size && strchr("[\" \t\r\n", *rest.at))
        rest = span_make(rest.at + 1, rest.size - 1);
    while (rest.size && strchr("\" \t\r\n", rest.at[rest.size - 1]))
        rest.size--;
    return rest;
}

/* Only what stands before the details is believed: they may say anything. */
static struct span head_of(struct span text)
{
    const char *details = memmem(text.at, text.size, "\"details\"", strlen("\"details\""));

    return details ? span_make(text.at, (size_t)(details - text.at)) : text;
}

static bool recover(struct arena *arena, struct span body, struct report *out, struct err *err)
{
    struct span head = head_of(body), raw = raw_details(arena, body);
    struct report report = {0};
    struct span *details = ARENA_NEW(arena, struct span);

    if (!read_execution(quoted_word(arena, after_name(arena, head, "execution")), &report.execution, err) ||
        !read_finished(quoted_word(arena, after_name(arena, head, "finished")), &report.finished, err))
        return err_within(err, "the body is no JSON, and");
    *details = raw;
    report.details = details;
    report.detail_count = raw.size > 0;
    *out = report;
    return true;
}

bool feedback_read(struct arena *arena, struct span body, struct report *out, struct err *err)
{
    const struct json *document;

    if (body.size == 0)
        return FAIL(err, ERR_INVALID, "a feedback has a body");
    if (json_parse(arena, body, &document, err) ||
        json_parse(arena, escape_controls(arena, body), &document, err))
        return read_document(arena, document, out, err);
    return recover(arena, body, out, err);
}

bool feedback_read_confirmation(struct arena *arena, struct span body, struct confirmation *out,
                                struct err *err)
{
    struct confirmation said = {0};
    const struct json *document;
    const char *word;

    if (!json_parse(arena, body, &document, err))
        return false;
    word = json_string(json_member(document, "confirmation"));
    if (!text_equal(word, "confirmed") && !text_equal(word, "denied"))
        return FAIL(err, ERR_INVALID, "confirmation must be confirmed or denied");
    said.is_yes = text_equal(word, "confirmed");
    if (!read_code(document, &said.has_code, &said.code, err))
        return false;
    said.detail_count = read_details(arena, document, &said.details);
    *out = said;
    return true;
}
