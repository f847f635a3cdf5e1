/* Any bytes as a device's report: refused with a reason, or signed by the key that they name. The signed part
 * alone, named and signed by a key of ours, is written to the same bytes again. */
#include "signing/device_report.h"

#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What a device that has this key could send. */
static void check_signed(struct arena *arena, struct key *key, struct span body)
{
    struct tuf_signature signature = {0};
    struct device_report report, again;
    char digest[65], digest_again[65];
    struct span envelope, written;
    struct err err;

    memcpy(signature.keyid, key_public(key)->id, sizeof(signature.keyid));
    key_sign(key, body, signature.sig);
    if (!tuf_envelope_write(arena, body, &signature, 1, &envelope, &err) ||
        !device_report_read(arena, envelope, &report, digest, &err))
        return;
    must(device_report_write(arena, &report, &written, &err));
    must(written.size == body.size && memcmp(written.at, body.at, body.size) == 0);
    must(device_report_sign(arena, &report, key, &envelope, &err) &&
         device_report_read(arena, envelope, &again, digest_again, &err));
    must(again.counter == report.counter && text_equal(digest, digest_again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(key_freep) struct key *key = NULL;
    struct device_report report = {.device = NULL};
    char digest[65];
    struct err err;

    must(key_from_seed("fuzz", (const uint8_t[32]){42}, &key, &err));
    if (device_report_read(arena, span_make(data, size), &report, digest, &err))
        must(report.counter >= 1 && text_is_hex(digest, 64) && !text_blank(report.device));
    else
        must(err.code != ERR_NONE && !text_blank(err.text));
    check_signed(arena, key, span_make(data, size));
    return 0;
}
