/* Questions about text from outside, answered without allocating (but for the arena variants). */
#pragma once

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_equal_nocase(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_blank(const char *text); /* NULL or "" */

/* Whole text, decimal, no sign games, within [min, max]; refusal names `what` and the bounds. */
bool text_int(const char *text, const char *what, int64_t min, int64_t max, int64_t *out,
              struct err *err) CHECKED;
/* 1..max characters of [A-Za-z0-9._-], not starting with '.'; refusal names `what`. For names that become paths. */
bool text_name(const char *text, const char *what, size_t max, struct err *err) CHECKED;
bool text_is_hex(const char *text, size_t digits); /* exactly that many, lower case */
bool text_is_utf8(struct span text);
/* Bytes of the UTF-8 character that `text` begins with; 0 when it begins with none. */
size_t text_utf8_size(struct span text);

/* Percent-decoding of one path segment or query value; a bad escape or an encoded NUL is ERR_INVALID. */
bool text_unescape(struct arena *arena, struct span text, bool plus_is_space, char **out,
                   struct err *err) CHECKED;
/* Percent-encodes everything but A-Za-z0-9-._~ */
char *text_escape(struct arena *arena, const char *text);
/* The next piece before `separator`; advances `rest`. False at the end. Pieces may be empty: n separators make
 * n + 1 pieces, so "" is one empty piece; {NULL, 0} is none. After the last piece `rest` is {NULL, 0}. */
bool text_split(struct span *rest, char separator, struct span *piece);
struct span text_trim(struct span text);

char *text_hex(struct arena *arena, const void *bytes, size_t size);
bool text_unhex(const char *hex, void *out, size_t size); /* exactly size bytes, lower or upper case */
char *text_base64(struct arena *arena, struct span bytes);
bool text_unbase64(struct arena *arena, struct span text, struct span *out, struct err *err) CHECKED;

/* RFC 3339 UTC "2026-09-02T10:15:00Z" from ms since the epoch, and back (a fraction and an offset are read, too);
 * IMF-fixdate (RFC 9110 5.6.7) both ways. Years 1970 to 9999: times outside are written as the nearest inside
 * and refused when read. */
char *text_time(struct arena *arena, int64_t ms);
bool text_time_parse(const char *text, int64_t *ms);
char *text_http_date(struct arena *arena, int64_t ms);
bool text_http_date_parse(const char *text, int64_t *ms);
/* "12.3 MB" (1e6), "1 h 02 m" for people. */
char *text_bytes(struct arena *arena, int64_t bytes);
char *text_duration(struct arena *arena, int64_t ms);
