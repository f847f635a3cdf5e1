#include <sodium.h>
#include <stdlib.h>

#include "signing/age_armor_parts.h"

#define OUT_CHARS 4096

enum writer_state { WRITER_NEW, WRITER_BODY, WRITER_ENDED, WRITER_REFUSED };

struct age_armor_writer {
    enum writer_state state;
    struct age_sink sink;
    size_t filled; /* of `in` */
    size_t used;   /* of `out` */
    uint8_t in[AGE_ARMOR_LINE_BYTES];
    char out[OUT_CHARS];
};

void age_armor_writer_begin(const struct age_sink *sink, struct age_armor_writer **out)
{
    struct age_armor_writer *writer = calloc(1, sizeof(*writer));

    if (!writer)
        abort();
    writer->sink = *sink;
    *out = writer;
}

void age_armor_writer_freep(struct age_armor_writer **writer)
{
    free(*writer);
    *writer = NULL;
}

static bool flush(struct age_armor_writer *writer, struct err *err)
{
    size_t used = writer->used;

    writer->used = 0;
    return used == 0 || writer->sink.write(writer->sink.to, span_make(writer->out, used), err);
}

static bool add_line(struct age_armor_writer *writer, const char *line, struct err *err)
{
    size_t size = strlen(line);

    if (writer->used + size + 1 > sizeof(writer->out) && !flush(writer, err))
        return false;
    memcpy(writer->out + writer->used, line, size);
    writer->out[writer->used + size] = '\n';
    writer->used += size + 1;
    return true;
}

static bool start(struct age_armor_writer *writer, struct err *err)
{
    if (writer->state == WRITER_BODY)
        return true;
    if (writer->state != WRITER_NEW)
        return FAIL(err, ERR_CONFLICT, "age armor: writing has %s",
                    writer->state == WRITER_ENDED ? "ended already" : "failed before");
    writer->state = WRITER_BODY;
    return add_line(writer, AGE_ARMOR_BEGIN, err);
}

static bool encode_line(struct age_armor_writer *writer, struct err *err)
{
    char line[AGE_ARMOR_LINE_CHARS + 1];

    sodium_bin2base64(line, sizeof(line), writer->in, writer->filled, sodium_base64_VARIANT_ORIGINAL);
    writer->filled = 0;
    return add_line(writer, line, err);
}

static bool push(struct age_armor_writer *writer, struct span bytes, struct err *err)
{
    while (bytes.size > 0) {
        size_t size = AGE_ARMOR_LINE_BYTES - writer->filled;

        size = size < bytes.size ? size : bytes.size;
        memcpy(writer->in + writer->filled, bytes.at, size);
        writer->filled += size;
        bytes = span_make(bytes.at + size, bytes.size - size);
        if (writer->filled == AGE_ARMOR_LINE_BYTES && !encode_line(writer, err))
            return false;
    }
    return true;
}

bool age_armor_writer_push(struct age_armor_writer *writer, struct span bytes, struct err *err)
{
    if (!start(writer, err))
        return false;
    if (push(writer, bytes, err))
        return true;
    writer->state = WRITER_REFUSED;
    return false;
}

bool age_armor_writer_end(struct age_armor_writer *writer, struct err *err)
{
    if (!start(writer, err))
        return false;
    bool is_written = (writer->filled == 0 || encode_line(writer, err)) &&
                      add_line(writer, AGE_ARMOR_END, err) && flush(writer, err);
    writer->state = is_written ? WRITER_ENDED : WRITER_REFUSED;
    return is_written;
}
