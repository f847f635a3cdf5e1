/* An iCalendar text, line by line (RFC 5545, 3.1). Strict about what it uses, deaf to the rest. */
#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/calendar.h"
#include "domain/recurrence.h"

#define DEPTH_MAX 8
#define SUMMARY_CHARS 100
#define EVENT_DAYS_MAX 366

struct dates { /* EXDATE, RDATE */
    int64_t at[400];
    size_t count;
};

struct event {
    int64_t from, to; /* local dates, both included; to -1: not said */
    bool has_start, has_rule, is_cancelled;
    struct recurrence rule;
    struct dates without, with;
    const char *summary;
};

struct reading {
    struct arena *arena;
    struct span rest;
    int64_t line, today;
    int depth, event_depth; /* event_depth 0: in none */
    bool is_done;
    size_t events;
    struct event event;
    struct calendar_day *days;
    size_t day_count;
};

#define WRONG(r, err, ...) wrong((r), FAIL((err), ERR_INVALID, __VA_ARGS__), (err))

static bool wrong(const struct reading *r, bool answer, struct err *err)
{
    return answer || err_within(err, "line %lld", (long long)r->line);
}

/* ---- lines ---------------------------------------------------------------------- */

struct line {
    struct span name, params, value;
};

/* The next line, with those folded behind it. False at the end. */
static bool next_line(struct reading *r, struct span *out)
{
    const char *end = r->rest.at + r->rest.size, *at = r->rest.at;
    struct buf text = {.arena = r->arena};

    if (r->rest.size == 0)
        return false;
    for (;;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *last = stop ? stop : end;

        buf_add(&text, span_make(at, (size_t)(last - at) - (last > at && last[-1] == '\r')));
        r->line++;
        at = stop ? stop + 1 : end;
        if (at == end || (*at != ' ' && *at != '\t'))
            break;
        at++;
    }
    r->rest = span_make(at, (size_t)(end - at));
    *out = buf_span(&text);
    return true;
}

/* NAME;PARAM="a:b":VALUE */
static bool line_cut(struct span text, struct line *out)
{
    bool is_quoted = false;
    size_t name = text.size;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];

        is_quoted ^= c == '"';
        if (is_quoted || (c != ';' && c != ':'))
            continue;
        name = name < i ? name : i;
        if (c == ':') {
            out->name = span_make(text.at, name);
            out->params = span_make(text.at + name, i - name);
            out->value = span_make(text.at + i + 1, text.size - i - 1);
            return name > 0;
        }
    }
    return false;
}

static bool is_word(struct span a, const char *word)
{
    return a.size == strlen(word) && strncasecmp(a.at, word, a.size) == 0;
}

/* ---- values ------------------------------------------------------------------------ */

/* "20261224" or "20261224T180000": the date, and whether it has a time after midnight. */
static bool date_value(const struct reading *r, struct span text, int64_t *day, bool *has_time,
                       struct err *err)
{
    char date[11] = "0000-00-00";

    if (text.size == 16 && text.at[15] == 'Z')
        return WRONG(r, err, "%.16s is an instant; a holiday is a local date", text.at);
    if (text.size != 8 && (text.size != 15 || text.at[8] != 'T'))
        return WRONG(r, err, "'%.*s' is not a date", (int)(text.size < 30 ? text.size : 30),
                     text.size ? text.at : "");
    memcpy(date, text.at, 4);
    memcpy(date + 5, text.at + 4, 2);
    memcpy(date + 8, text.at + 6, 2);
    *has_time = text.size == 15 && memcmp(text.at + 9, "000000", 6) != 0;
    return date_read(date, day, err) || wrong(r, false, err);
}

static bool date_list(const struct reading *r, struct span text, struct dates *out, struct err *err)
{
    struct span piece;
    bool has_time;

    while (text_split(&text, ',', &piece)) {
        if (out->count == COUNT(out->at))
            return WRONG(r, err, "more than %zu single dates in one event", COUNT(out->at));
        if (!date_value(r, piece, &out->at[out->count], &has_time, err))
            return false;
        out->count++;
    }
    return true;
}

/* "P3D", "P1W", or hours within a day. */
static bool duration(const struct reading *r, struct span text, struct event *e, struct err *err)
{
    int64_t days = 0;
    char number[4] = "";

    if (text.size > 2 && text.at[0] == 'P' && text.at[1] == 'T') {
        e->to = e->from;
        return true;
    }
    if (text.size < 3 || text.size > 5 || text.at[0] != 'P' || !strchr("DW", text.at[text.size - 1]))
        return WRONG(r, err, "DURATION is whole days or weeks, such as P1D");
    memcpy(number, text.at + 1, text.size - 2);
    if (!text_int(number, "DURATION", 1, EVENT_DAYS_MAX, &days, err))
        return wrong(r, false, err);
    days *= text.at[text.size - 1] == 'W' ? 7 : 1;
    e->to = e->from + days - 1;
    return true;
}

/* Text with its escapes taken out, cut after some characters. */
static const char *summary_text(struct arena *arena, struct span text)
{
    struct buf out = {.arena = arena};
    size_t chars = 0;

    while (text.size && chars < SUMMARY_CHARS) {
        size_t size = text_utf8_size(text);

        if (size == 0)
            break;
        if (*text.at == '\\' && text.size > 1) {
            text = span_make(text.at + 1, text.size - 1);
            size = text_utf8_size(text);
        }
        if ((uint8_t)*text.at >= ' ')
            buf_add(&out, span_make(text.at, size));
        text = span_make(text.at + size, text.size - size);
        chars++;
    }
    return buf_cstr(&out);
}

/* ---- events ----------------------------------------------------------------------------- */

static bool has_date(const struct dates *dates, int64_t day)
{
    for (size_t i = 0; i < dates->count; i++)
        if (dates->at[i] == day)
            return true;
    return false;
}

/* A holiday that starts on the day, as long as the event is. */
static bool keep(struct reading *r, int64_t day, struct err *err)
{
    const struct event *e = &r->event;

    if (has_date(&e->without, day))
        return true;
    for (int64_t d = day; d <= day + e->to - e->from; d++) {
        if (d < r->today - CALENDAR_DAYS_BACK || d > r->today + RECURRENCE_HORIZON)
            continue;
        if (r->day_count == CALENDAR_DAYS_MAX)
            return WRONG(r, err, "more than %d holidays", CALENDAR_DAYS_MAX);
        r->days[r->day_count++] = (struct calendar_day){d, e->summary};
    }
    return true;
}

static bool keep_all(struct reading *r, struct err *err)
{
    const struct event *e = &r->event;
    int64_t day = r->today - CALENDAR_DAYS_BACK - EVENT_DAYS_MAX;

    for (size_t i = 0; i < e->with.count; i++)
        if (!keep(r, e->with.at[i], err))
            return false;
    if (!e->has_rule)
        return keep(r, e->from, err);
    for (;; day++) {
        day = recurrence_next(&e->rule, e->from, day);
        if (day > r->today + RECURRENCE_HORIZON)
            return true;
        if (!keep(r, day, err))
            return false;
    }
}

static bool event_end(struct reading *r, struct err *err)
{
    struct event *e = &r->event;

    r->event_depth = 0;
    if (!e->has_start)
        return WRONG(r, err, "an event without DTSTART");
    e->to = e->to < 0 ? e->from : e->to;
    if (e->to < e->from || e->to - e->from >= EVENT_DAYS_MAX)
        return WRONG(r, err, "an event lasts one day to %d", EVENT_DAYS_MAX);
    if (++r->events > CALENDAR_EVENTS_MAX)
        return WRONG(r, err, "more than %d events", CALENDAR_EVENTS_MAX);
    return e->is_cancelled || keep_all(r, err);
}

static bool event_rule(const struct reading *r, struct span value, struct event *e, struct err *err)
{
    if (e->has_rule)
        return WRONG(r, err, "RRULE twice in one event");
    e->has_rule = true;
    return recurrence_read(arena_text(r->arena, value), &e->rule, err) || wrong(r, false, err);
}

/* The end is not included, unless it has a time of day. */
static bool event_until(const struct reading *r, struct span value, struct event *e, struct err *err)
{
    bool has_time;

    if (!date_value(r, value, &e->to, &has_time, err))
        return false;
    e->to -= has_time || e->to == e->from ? 0 : 1;
    return true;
}

static bool event_line(struct reading *r, const struct line *line, struct err *err)
{
    struct event *e = &r->event;
    bool has_time;

    if (is_word(line->name, "DTSTART")) {
        if (e->has_start)
            return WRONG(r, err, "DTSTART twice in one event");
        e->has_start = true;
        return date_value(r, line->value, &e->from, &has_time, err);
    }
    if (is_word(line->name, "DTEND") || is_word(line->name, "DURATION")) {
        if (!e->has_start)
            return WRONG(r, err, "DTSTART must come before the end");
        return is_word(line->name, "DTEND") ? event_until(r, line->value, e, err)
                                            : duration(r, line->value, e, err);
    }
    if (is_word(line->name, "RRULE"))
        return event_rule(r, line->value, e, err);
    if (is_word(line->name, "EXDATE"))
        return date_list(r, line->value, &e->without, err);
    if (is_word(line->name, "RDATE"))
        return date_list(r, line->value, &e->with, err);
    if (is_word(line->name, "RECURRENCE-ID") || is_word(line->name, "EXRULE"))
        return WRONG(r, err, "%.*s is not taken; write the days out", (int)line->name.size, line->name.at);
    if (is_word(line->name, "STATUS"))
        e->is_cancelled = is_word(line->value, "CANCELLED");
    if (is_word(line->name, "SUMMARY"))
        e->summary = summary_text(r->arena, line->value);
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool begin(struct reading *r, struct span what, struct err *err)
{
    if (r->is_done || (r->depth == 0) != is_word(what, "VCALENDAR"))
        return WRONG(r, err, "one VCALENDAR, and everything in it");
    if (++r->depth > DEPTH_MAX)
        return WRONG(r, err, "nested more than %d deep", DEPTH_MAX);
    if (is_word(what, "VEVENT") && r->depth == 2) {
        r->event_depth = r->depth;
        memset(&r->event, 0, sizeof(r->event));
        r->event.to = -1;
        r->event.summary = "";
    }
    return true;
}

static bool end(struct reading *r, struct err *err)
{
    bool is_event = r->event_depth && r->depth == r->event_depth;

    if (r->depth == 0)
        return WRONG(r, err, "END without BEGIN");
    r->is_done = --r->depth == 0;
    return !is_event || event_end(r, err);
}

static bool read_line(struct reading *r, struct span text, struct err *err)
{
    struct line line;

    if (text.size == 0)
        return true;
    if (!line_cut(text, &line))
        return WRONG(r, err, "not NAME:VALUE");
    if (is_word(line.name, "BEGIN"))
        return begin(r, line.value, err);
    if (r->depth == 0)
        return WRONG(r, err, "outside of VCALENDAR");
    if (is_word(line.name, "END"))
        return end(r, err);
    return r->depth != r->event_depth || event_line(r, &line, err);
}

static int by_day(const void *a, const void *b)
{
    int64_t x = ((const struct calendar_day *)a)->day, y = ((const struct calendar_day *)b)->day;

    return (x > y) - (x < y);
}

static size_t without_doubles(struct calendar_day *days, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (kept == 0 || days[kept - 1].day != days[i].day)
            days[kept++] = days[i];
    return kept;
}

bool calendar_read(struct arena *arena, struct span ics, int64_t today, struct calendar_day **out,
                   size_t *count, struct err *err)
{
    struct reading r = {.arena = arena, .rest = ics, .today = today};
    struct span line;

    if (ics.size > CALENDAR_BYTES_MAX)
        return FAIL(err, ERR_INVALID, "a calendar has at most %d bytes", CALENDAR_BYTES_MAX);
    if (!text_is_utf8(ics) || (ics.size && memchr(ics.at, 0, ics.size)))
        return FAIL(err, ERR_INVALID, "a calendar is UTF-8 text");
    r.days = ARENA_MANY(arena, struct calendar_day, CALENDAR_DAYS_MAX);
    while (next_line(&r, &line))
        if (!read_line(&r, line, err))
            return false;
    if (!r.is_done)
        return FAIL(err, ERR_INVALID, "a calendar goes from BEGIN:VCALENDAR to END:VCALENDAR");
    if (r.day_count == 0)
        return FAIL(err, ERR_INVALID, "no holidays from last year on");
    qsort(r.days, r.day_count, sizeof(*r.days), by_day);
    *count = without_doubles(r.days, r.day_count);
    *out = r.days;
    return true;
}
