/* Headers from strangers: what is read has been read whole, its stanzas say it again byte for byte, and
 * opening the same bytes in two pieces comes to the same. */
#include <sodium.h>
#include <stdlib.h>

#include "base/buf.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void say_base64(struct buf *out, const void *bytes, size_t size, size_t columns)
{
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    char *text = arena_take(out->arena, room);

    sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    size_t left = strlen(text);
    for (; left >= columns; left -= columns, text += columns) {
        buf_add(out, span_make(text, columns));
        buf_char(out, '\n');
    }
    buf_add(out, span_make(text, left));
    buf_char(out, '\n');
}

static void check_same(struct arena *arena, const struct age_header *header, struct span bytes)
{
    struct buf out = {.arena = arena};

    buf_text(&out, "age-encryption.org/v1\n");
    for (size_t i = 0; i < header->count; i++) {
        buf_text(&out, "-> ");
        buf_add(&out, header->stanzas[i].kind);
        for (size_t k = 0; k < header->stanzas[i].arg_count; k++) {
            buf_char(&out, ' ');
            buf_add(&out, header->stanzas[i].args[k]);
        }
        buf_char(&out, '\n');
        say_base64(&out, header->stanzas[i].body.at, header->stanzas[i].body.size, 64);
    }
    buf_text(&out, "---");
    must(header->maced.at == bytes.at && header->maced.size == out.size);
    buf_char(&out, ' ');
    say_base64(&out, header->mac, sizeof(header->mac), 64);
    must(header->size == out.size && memcmp(out.at, bytes.at, out.size) == 0);
}

static bool nothing(void *to, struct span bytes, struct err *err)
{
    (void)to;
    (void)bytes;
    (void)err;
    abort(); /* nobody has sealed to this identity */
}

static enum err_code open_in_pieces(const struct age_identity *identity, struct span bytes, size_t piece)
{
    AUTO(age_open_freep) struct age_open *open = NULL;
    struct err err = {0};

    age_open_begin(&(struct age_by){&identity, 1}, &(struct age_sink){nothing, NULL}, &open);
    for (size_t at = 0; at < bytes.size; at += piece)
        if (!age_open_push(open, span_make(bytes.at + at, bytes.size - at < piece ? bytes.size - at : piece),
                           &err))
            return err.code;
    return age_open_end(open, &err) ? ERR_NONE : err.code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    static struct age_identity *identity; /* a stranger, the same for every input */
    struct span bytes = span_make(data, size);
    struct age_header header;
    struct age_stanzas count;
    struct err err = {0};

    bool is_read = age_header_parse(arena, bytes, &header, &err);
    must(is_read == age_header_stanzas(bytes, &count, &err));
    if (is_read) {
        check_same(arena, &header, bytes);
        must(count.x25519 + count.scrypt + count.other == header.count);
        must(count.scrypt == 0 || header.count == 1);
    }
    if (!identity)
        age_identity_make(&identity);
    enum err_code code = open_in_pieces(identity, bytes, 1 << 20);
    must(code != ERR_NONE && code == open_in_pieces(identity, bytes, 7));
    return 0;
}
