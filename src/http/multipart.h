/* The layout of a multipart/byteranges body: its exact length is known before its first byte is made, and any
 * stretch of it can be written without having written what comes before. */
#pragma once

#include "base/arena.h"
#include "http/pieces.h"

struct multipart {
    struct pieces whole; /* the representation */
    struct multipart_part *parts;
    size_t count, next; /* next: the part a reader that goes forward is at */
    struct span tail;
    int64_t size; /* of the whole body */
};

struct multipart_part {
    struct span head;
    struct range range;
    int64_t from; /* where its head begins in the body */
};

/* `boundary` has no quotes and no '='. `type` is each part's content type. */
struct multipart *multipart_new(struct arena *arena, const struct pieces *whole, const struct range *ranges,
                                size_t count, const char *type, const char *boundary);
/* Writes up to `max` bytes of the body from position `from`; 0 only behind the end. */
size_t multipart_read(struct multipart *m, int64_t from, char *out, size_t max);
