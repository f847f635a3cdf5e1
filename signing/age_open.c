#include <sodium.h>
#include <stdlib.h>

#include "signing/age_stream_parts.h"

enum open_state { OPEN_HEADER, OPEN_NONCE, OPEN_CHUNKS, OPEN_LAST, OPEN_ENDED, OPEN_REFUSED };

struct age_open {
    enum open_state state;
    struct age_by by;
    struct age_sink sink;
    struct age_chunks chunks;
    uint8_t *file_key; /* from the header to the nonce */
    size_t filled;     /* of `in`: header, nonce or chunk so far */
    size_t line_at;    /* where the header's last line begins */
    uint8_t in[AGE_SEALED_BYTES];
    uint8_t plain[AGE_CHUNK_BYTES];
};

_Static_assert(AGE_SEALED_BYTES >= AGE_HEADER_MAX, "the buffer holds a header, too");

void age_open_freep(struct age_open **open)
{
    if (!*open)
        return;
    age_locked_freep(&(*open)->chunks.key);
    age_locked_freep(&(*open)->file_key);
    sodium_memzero((*open)->plain, sizeof((*open)->plain));
    free(*open);
    *open = NULL;
}

void age_open_begin(const struct age_by *by, const struct age_sink *sink, struct age_open **out)
{
    struct age_open *open = calloc(1, sizeof(*open));

    if (!open)
        abort();
    open->by = *by;
    open->sink = *sink;
    *out = open;
}

/* As many bytes as there are, until `in` holds `want`. */
static bool fill(struct age_open *open, struct span *bytes, size_t want)
{
    size_t size = want - open->filled;

    size = size < bytes->size ? size : bytes->size;
    memcpy(open->in + open->filled, bytes->at, size);
    open->filled += size;
    *bytes = span_make(bytes->at + size, bytes->size - size);
    return open->filled == want;
}

/* ---- header and nonce ---------------------------------------------------------- */

/* Up to and with the next line feed, so that no byte is looked at twice however small the pieces. */
static bool fill_line(struct age_open *open, struct span *bytes)
{
    const char *end = memchr(bytes->at, '\n', bytes->size);
    size_t size = end ? (size_t)(end - bytes->at) + 1 : bytes->size;
    size_t room = AGE_HEADER_MAX - open->filled;

    size = size < room ? size : room;
    bool is_whole = end && (size_t)(end - bytes->at) + 1 == size;
    fill(open, bytes, open->filled + size);
    return is_whole;
}

static bool unwrap(struct age_open *open, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct age_header header;

    open->file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    if (!age_header_parse(arena, span_make(open->in, open->filled), &header, err) ||
        !age_header_unwrap(&header, &open->by, open->file_key, err))
        return false;
    open->filled = 0;
    open->state = OPEN_NONCE;
    return true;
}

static bool take_header(struct age_open *open, struct span *bytes, struct err *err)
{
    size_t line_at = open->line_at, ignored;
    bool is_whole = fill_line(open, bytes);

    if (is_whole)
        open->line_at = open->filled;
    if (is_whole && open->filled - line_at > 3 && memcmp(open->in + line_at, "---", 3) == 0)
        return unwrap(open, err);
    /* Foreign files are refused at their first line, endless headers at the bound. */
    if (line_at == 0 || open->filled == AGE_HEADER_MAX)
        return age_header_size(span_make(open->in, open->filled), &ignored, err) != AGE_REFUSED;
    return true;
}

static bool take_nonce(struct age_open *open, struct span *bytes, struct err *err)
{
    (void)err;
    if (!fill(open, bytes, AGE_NONCE_BYTES))
        return true;
    age_chunks_start(&open->chunks, open->file_key, open->in);
    age_locked_freep(&open->file_key);
    open->filled = 0;
    open->state = OPEN_CHUNKS;
    return true;
}

/* ---- chunks -------------------------------------------------------------------- */

/* The only place where plaintext leaves: `is_last` and the tag have been checked together. */
static bool release(struct age_open *open, bool is_last, struct err *err)
{
    size_t size = open->filled - AGE_TAG_BYTES;

    open->filled = 0;
    open->state = is_last ? OPEN_LAST : OPEN_CHUNKS;
    return size == 0 || open->sink.write(open->sink.to, span_make(open->plain, size), err);
}

static bool opens_as(struct age_open *open, bool is_last)
{
    return age_chunk_open(&open->chunks, open->in, open->filled, is_last, open->plain);
}

static bool refuse_chunk(struct age_open *open, struct err *err)
{
    return FAIL(err, ERR_INVALID, "age payload: chunk %llu is not authentic: changed, moved or cut",
                (unsigned long long)open->chunks.counter + 1);
}

/* A full chunk may be the last or not; its own tag says so. */
static bool take_chunk(struct age_open *open, struct span *bytes, struct err *err)
{
    if (!fill(open, bytes, AGE_SEALED_BYTES))
        return true;
    if (opens_as(open, false))
        return release(open, false, err);
    if (opens_as(open, true))
        return release(open, true, err);
    return refuse_chunk(open, err);
}

static bool take_behind(struct age_open *open, struct span *bytes, struct err *err)
{
    (void)open;
    (void)bytes;
    return FAIL(err, ERR_INVALID, "age payload: there are bytes behind the last chunk");
}

bool age_open_push(struct age_open *open, struct span bytes, struct err *err)
{
    static bool (*const take[])(struct age_open * open, struct span * bytes, struct err * err) = {
        [OPEN_HEADER] = take_header,
        [OPEN_NONCE] = take_nonce,
        [OPEN_CHUNKS] = take_chunk,
        [OPEN_LAST] = take_behind,
    };

    while (bytes.size > 0) {
        if (open->state >= COUNT(take))
            return FAIL(err, ERR_CONFLICT, "age payload: opening has %s",
                        open->state == OPEN_ENDED ? "ended already" : "failed before");
        if (!take[open->state](open, &bytes, err)) {
            open->state = OPEN_REFUSED;
            return false;
        }
    }
    return true;
}

/* ---- the end ------------------------------------------------------------------- */

/* A chunk that is shorter than full is the last, or the file was cut. */
static bool end_chunks(struct age_open *open, struct err *err)
{
    bool is_first = open->chunks.counter == 0;

    if (open->filled == 0)
        return FAIL(err, ERR_INVALID, "age payload: the file is cut %s",
                    is_first ? "before the first chunk" : "behind a chunk that is not the last");
    if (open->filled < AGE_TAG_BYTES)
        return FAIL(err, ERR_INVALID, "age payload: the file is cut within the tag of chunk %llu",
                    (unsigned long long)open->chunks.counter + 1);
    if (open->filled == AGE_TAG_BYTES && !is_first)
        return FAIL(err, ERR_INVALID, "age payload: the last chunk is empty, which only an empty file's is");
    return opens_as(open, true) ? release(open, true, err) : refuse_chunk(open, err);
}

static bool end(struct age_open *open, struct err *err)
{
    switch (open->state) {
    case OPEN_HEADER:
        return FAIL(err, ERR_INVALID, "age header: the file is cut within it");
    case OPEN_NONCE:
        return FAIL(err, ERR_INVALID, "age header: the file is cut within the nonce behind it");
    case OPEN_CHUNKS:
        return end_chunks(open, err);
    case OPEN_LAST:
        return true;
    case OPEN_ENDED:
    case OPEN_REFUSED:
        break;
    }
    return FAIL(err, ERR_CONFLICT, "age payload: opening has ended before");
}

bool age_open_end(struct age_open *open, struct err *err)
{
    bool is_whole = end(open, err);

    open->state = is_whole ? OPEN_ENDED : OPEN_REFUSED;
    return is_whole;
}
