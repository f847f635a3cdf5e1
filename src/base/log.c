#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define LINE_MAX_BYTES 4096 /* what a pipe takes in one piece */
#define VALUE_MAX_BYTES 512

const char *const log_level_name[LOG__MAX] = {"debug", "info", "warn", "error"};

/* The one thing here that changes: set at the start of the program, read by every thread. */
static atomic_int least_level = LOG_INFO;
static atomic_int log_fd = STDERR_FILENO;

struct line {
    char at[LINE_MAX_BYTES];
    size_t size;
};

void log_start(enum log_level least, int fd)
{
    least_level = (int)least;
    log_fd = fd;
}

bool log_tells(enum log_level level)
{
    return (int)level >= least_level;
}

/* Bytes beyond the line are dropped; one is kept for the line's end. */
static void put(struct line *line, struct span bytes)
{
    size_t left = sizeof(line->at) - 1 - line->size;
    size_t size = bytes.size < left ? bytes.size : left;

    memcpy(line->at + line->size, bytes.at, size);
    line->size += size;
}

static void put_time(struct line *line, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    char text[64];

    gmtime_r(&seconds, &tm);
    size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    put(line, span_make(text, size));
    snprintf(text, sizeof(text), ".%03dZ", (int)(now_ms % 1000));
    put(line, span_of(text));
}

/* Characters that move the cursor or turn the text around in somebody's terminal. */
static bool is_tricky(struct span c)
{
    static const char *const tricky[] = {"\u061C", "\u200E", "\u200F", "\u2028", "\u2029",
                                         "\u202A", "\u202B", "\u202C", "\u202D", "\u202E",
                                         "\u2066", "\u2067", "\u2068", "\u2069", "\uFEFF"};

    if (c.size == 1)
        return (uint8_t)c.at[0] < 0x20 || c.at[0] == 0x7F;
    if (c.size == 2 && (uint8_t)c.at[0] == 0xC2 && (uint8_t)c.at[1] < 0xA0)
        return true;
    for (size_t i = 0; i < COUNT(tricky); i++)
        if (strlen(tricky[i]) == c.size && memcmp(tricky[i], c.at, c.size) == 0)
            return true;
    return false;
}

/* One character as it may stand between quotes; a byte that is no character is written \xHH. */
static size_t escape(struct span text, char out[20])
{
    size_t size = text_utf8_size(text);
    char *at = out;

    if (size == 1 && (text.at[0] == '"' || text.at[0] == '\\')) {
        snprintf(out, 20, "\\%c", text.at[0]);
    } else if (size == 1 && text.at[0] == '\n') {
        snprintf(out, 20, "\\n");
    } else if (size > 0 && !is_tricky(span_make(text.at, size))) {
        memcpy(out, text.at, size);
        out[size] = '\0';
    } else {
        size = size ? size : 1;
        for (size_t i = 0; i < size; i++, at += 4)
            snprintf(at, 5, "\\x%02x", (unsigned)(uint8_t)text.at[i]);
    }
    return size;
}

static bool is_plain(const char *value)
{
    static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-/:+,@%";

    return *value && !value[strspn(value, plain)];
}

static void put_value(struct line *line, const char *value)
{
    struct span rest = span_of(value);
    size_t size = 0;
    char piece[20];
    bool is_bare = is_plain(value);

    if (!is_bare)
        put(line, span_of("\""));
    while (rest.size > 0) {
        size_t used = escape(rest, piece);

        size += strlen(piece);
        if (size > VALUE_MAX_BYTES) {
            put(line, span_of("..."));
            break;
        }
        put(line, span_of(piece));
        rest = span_make(rest.at + used, rest.size - used);
    }
    if (!is_bare)
        put(line, span_of("\""));
}

void log_say(enum log_level level, const char *event, ...)
{
    struct line line = {.size = 0};
    const char *key;
    va_list args;

    if (!log_tells(level))
        return;
    put_time(&line, clock_now_ms());
    put(&line, span_of(" "));
    put(&line, span_of(log_level_name[level]));
    put(&line, span_of(" "));
    put(&line, span_of(event));
    va_start(args, event);
    while ((key = va_arg(args, const char *))) {
        const char *value = va_arg(args, const char *);

        if (!value)
            continue;
        put(&line, span_of(" "));
        put(&line, span_of(key));
        put(&line, span_of("="));
        put_value(&line, value);
    }
    va_end(args);
    line.at[line.size++] = '\n';
    /* A log that cannot be written has nowhere to say so. */
    if (write(log_fd, line.at, line.size) < 0)
        return;
}
