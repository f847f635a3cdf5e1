/* Any bytes as what a parser says of an archive: it may be somebody else's by then. What is believed of it keeps to the
 * rules of an archive: names, sizes and sums within the limits, never more bytes than an entry declared, and an end. */
#include "signing/package_far.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/parser_frame.h"

#define HEARD_MAX (48 * 1024) /* what a socket holds while nobody reads it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct package_limits limits = {
    .bytes_max = 1 << 16, .ratio_max = 200, .entries_max = 8, .sbom_bytes_max = 1 << 12};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_refusal(const struct package_far *far, const struct err *err)
{
    must(err->code > ERR_NONE && err->code < ERR__MAX && !text_blank(err->text));
    must(!package_far_is_broken(far) || err->code == ERR_INVALID);
    for (const char *at = err->text; *at; at++)
        must((unsigned char)*at >= 0x20);
}

/* False: it was refused meanwhile. */
static bool hear_entry(struct package_far *far, const struct package_entry *entry, int64_t *heard)
{
    enum package_step step;
    int64_t size = 0;
    struct span piece;
    struct err err = {0};

    while ((step = package_far_bytes(far, &piece, &err)) == STEP_MORE) {
        must(piece.size > 0 && piece.size <= PARSER_BYTES_MAX);
        size += (int64_t)piece.size;
        must(size <= entry->size);
    }
    *heard += size;
    must(*heard <= limits.bytes_max);
    must(step == STEP_FAILED || size == entry->size);
    if (step == STEP_FAILED)
        check_refusal(far, &err);
    return step == STEP_END;
}

/* is_hasty: who asked looks at the names only, and what is inside is stepped over. */
static void hear(int answer, bool is_hasty)
{
    AUTO(package_far_closep) struct package_far *far = package_far_hear(answer, 1 << 20, &limits, 1000);
    enum package_step step = STEP_MORE;
    struct package_entry entry;
    int64_t count = 0, declared = 0, heard = 0;
    struct err err = {0}, ignored;
    bool is_whole = true;

    while (is_whole && (step = package_far_entry(far, &entry, &err)) == STEP_MORE) {
        must(manifest_file_check(entry.name, &ignored) && entry.size >= 0);
        declared += entry.size;
        must(++count <= limits.entries_max && declared <= limits.bytes_max);
        is_whole = is_hasty || hear_entry(far, &entry, &heard);
    }
    if (step == STEP_FAILED)
        check_refusal(far, &err);
    must(step != STEP_END || !package_far_is_broken(far));
    must(package_far_entry(far, &entry, &err) == STEP_FAILED); /* nothing follows an end */
}

static void say(struct span bytes, bool is_hasty)
{
    int ends[2];
    struct err err;

    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    AUTO(fd_closep) int parser = ends[0];

    must(file_write_all(parser, bytes, &err) && shutdown(parser, SHUT_WR) == 0);
    hear(ends[1], is_hasty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > HEARD_MAX)
        return 0;
    say(span_make(data, size), false);
    say(span_make(data, size), true);
    return 0;
}
