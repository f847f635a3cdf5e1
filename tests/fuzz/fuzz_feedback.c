/* Whatever a device says: it is refused as invalid, or both words are known and all the rest can be written
 * down. */
#include <stdlib.h>

#include "api/feedback_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_details(struct arena *arena, const struct span *details, size_t count)
{
    struct buf buf = {.arena = arena};
    struct json_out j = {.buf = &buf};
    const struct json *again;
    struct err err;

    json_open_list(&j, NULL);
    for (size_t i = 0; i < count; i++)
        json_span(&j, NULL, details[i]);
    json_close(&j);
    must(json_parse(arena, buf_span(&buf), &again, &err));
    must(json_count(again) == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct span body = span_make(data, size);
    struct confirmation said;
    struct report report;
    struct err err = {0};

    if (size > 64 * 1024)
        return 0;
    if (feedback_read(arena, body, &report, &err)) {
        must((unsigned)report.execution < EXECUTION__MAX && (unsigned)report.finished < FINISHED__MAX);
        must(report.code >= INT32_MIN && report.code <= INT32_MAX);
        check_details(arena, report.details, report.detail_count);
    } else {
        must(err.code == ERR_INVALID);
    }
    if (feedback_read_confirmation(arena, body, &said, &err))
        check_details(arena, said.details, said.detail_count);
    return 0;
}
