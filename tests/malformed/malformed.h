/* Requests and archives nobody should send, made from a grammar by dice: whole ones with one or more things
 * wrong. A seed is an episode: a fresh world with rows, and some hundred inputs for it. */
#pragma once

#include "sim/dice.h"
#include "support/ops.h"

#define UPLOADS_KEPT 8

/* What is asked. Its texts live in the arena of the input. */
struct ask {
    const struct route *route; /* the door it was made for; NULL: none */
    const char *method, *target;
    struct http_pair headers[HTTP_HEADERS_MAX];
    size_t header_count;
    struct span body;
};

/* Where it is asked. */
struct place {
    struct ops *ops;
    const struct json *openapi;
    char uploads[UPLOADS_KEPT][64]; /* paths of uploads that were begun */
    size_t upload_next;
};

/* place.c */
struct place *place_new(struct arena *arena, const struct json *openapi);

/* grammar.c */
void grammar_ask(struct dice *dice, struct arena *arena, const struct place *place, struct ask *out);

/* headers.c */
void headers_make(struct dice *dice, struct arena *arena, struct ask *ask);
void header_put(struct ask *ask, const char *name, const char *value);

/* words.c: a text that could stand under this name, or that should not. */
const char *word_for(struct dice *dice, struct arena *arena, const char *name);
const char *word_wrong(struct dice *dice, struct arena *arena);
int64_t number_for(struct dice *dice, const char *name);

/* bodies.c: what its door takes, by its description; then broken, or not. */
struct span body_make(struct dice *dice, struct arena *arena, const struct place *place,
                      const struct route *route);

/* breaks.c: the same bytes, with something wrong. */
struct span break_bytes(struct dice *dice, struct arena *arena, struct span bytes);

/* serve.c: its status; 0: not even a target. Says what no answer may be. */
int serve_ask(struct place *place, struct arena *arena, struct ask *ask, const char **wrong);

/* archives.c: a package, a settings snapshot or a settings file, made; and read by its reader. */
struct archive_input {
    size_t kind, size;
    int fd; /* of the caller */
};
void archive_make(struct dice *dice, struct archive_input *out);
void archive_try(const struct archive_input *input, struct arena *arena, char *told, size_t told_size);

/* memory.c: in KiB. forget() begins a new peak, so that what making an input took is not in it; false: not on this
 * kernel. Taken is what malloc() has given and not got back. */
bool memory_forget(void);
int64_t memory_peak_kib(void);
int64_t memory_taken_kib(void);
