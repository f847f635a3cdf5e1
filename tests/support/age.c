#include "support/age.h"

#include <sodium.h>

#include "signing/age_parts.h"

static bool add(void *to, struct span bytes, struct err *err)
{
    (void)err;
    buf_add(to, bytes);
    return true;
}

struct age_sink age_test_sink(struct buf *to)
{
    return (struct age_sink){add, to};
}

static bool push_all(bool (*push)(void *to, struct span bytes, struct err *err), void *to, struct span bytes,
                     size_t piece, struct err *err)
{
    for (size_t at = 0; at < bytes.size; at += piece)
        if (!push(to, span_make(bytes.at + at, bytes.size - at < piece ? bytes.size - at : piece), err))
            return false;
    return true;
}

static bool seal_push(void *to, struct span bytes, struct err *err)
{
    return age_seal_push(to, bytes, err);
}

static bool open_push(void *to, struct span bytes, struct err *err)
{
    return age_open_push(to, bytes, err);
}

static bool writer_push(void *to, struct span bytes, struct err *err)
{
    return age_armor_writer_push(to, bytes, err);
}

static bool reader_push(void *to, struct span bytes, struct err *err)
{
    return age_armor_reader_push(to, bytes, err);
}

bool age_test_seal(const struct age_to *to, struct span plain, size_t piece, struct buf *out, struct err *err)
{
    AUTO(age_seal_freep) struct age_seal *seal = NULL;
    const struct age_sink sink = age_test_sink(out);

    return age_seal_begin(to, &sink, &seal, err) && push_all(seal_push, seal, plain, piece, err) &&
           age_seal_end(seal, err);
}

bool age_test_open(const struct age_identity *by, struct span bytes, size_t piece, struct buf *out,
                   struct err *err)
{
    AUTO(age_open_freep) struct age_open *open = NULL;
    const struct age_sink sink = age_test_sink(out);

    age_open_begin(&(struct age_by){&by, 1}, &sink, &open);
    return push_all(open_push, open, bytes, piece, err) && age_open_end(open, err);
}

bool age_test_armor(struct span bytes, size_t piece, struct buf *out, struct err *err)
{
    AUTO(age_armor_writer_freep) struct age_armor_writer *writer = NULL;
    const struct age_sink sink = age_test_sink(out);

    age_armor_writer_begin(&sink, &writer);
    return push_all(writer_push, writer, bytes, piece, err) && age_armor_writer_end(writer, err);
}

bool age_test_dearmor(struct span text, size_t piece, struct buf *out, struct err *err)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *reader = NULL;
    const struct age_sink sink = age_test_sink(out);

    age_armor_reader_begin(&sink, &reader);
    return push_all(reader_push, reader, text, piece, err) && age_armor_reader_end(reader, err);
}

struct span age_test_plain(struct arena *arena, size_t size)
{
    uint8_t *bytes = arena_take(arena, size + 1);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    return span_make(bytes, size);
}

static void free_identity(void *what)
{
    struct age_identity *identity = what;

    age_identity_freep(&identity);
}

struct age_identity *age_test_identity(struct arena *arena)
{
    struct age_identity *identity;

    age_identity_make(&identity);
    arena_defer(arena, free_identity, identity);
    return identity;
}

struct span age_test_header(struct unit *unit, const struct age_identity *const *whose, size_t count)
{
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    struct age_recipient *recipients = ARENA_MANY(unit->arena, struct age_recipient, count);
    struct span header;

    for (size_t i = 0; i < count; i++)
        recipients[i] = *age_identity_recipient(whose[i]);
    randombytes_buf(file_key, AGE_FILE_KEY_BYTES);
    MUST(age_header_write(unit->arena, file_key, &(struct age_to){recipients, count, NULL}, &header,
                          &unit->err));
    return header;
}
