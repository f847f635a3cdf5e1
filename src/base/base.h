/* The few words every file here uses. Knows no noun and owns nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define AUTO(fn) __attribute__((cleanup(fn)))       /* runs fn(&variable) when the scope ends */
#define CHECKED __attribute__((warn_unused_result)) /* ignoring the answer is a compile error */
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Some bytes that belong to somebody else. Not NUL-terminated unless the owner says so. */
struct span {
    const char *at;
    size_t size;
};

static inline struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

static inline struct span span_make(const void *at, size_t size)
{
    return (struct span){at, size};
}
