/* Any bytes: cbor_to_json refuses them by name or makes JSON, and what json_parse then takes goes to CBOR and
 * back as the same text. */
#include "base/cbor.h"

#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_round_trip(struct arena *arena, struct span text)
{
    struct span cbor, again;
    struct err err;

    must(cbor_from_json(arena, text, &cbor, &err));
    must(cbor_to_json(arena, cbor, &again, &err));
    must(again.size == text.size && memcmp(again.at, text.at, text.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct json *value;
    struct span text;
    struct err err;

    if (!cbor_to_json(arena, span_make(data, size), &text, &err)) {
        must(err.code == ERR_INVALID);
        return 0;
    }
    must(text.size <= 8 * size + 32);
    if (json_parse(arena, text, &value, &err))
        check_round_trip(arena, text);
    else
        must(err.code == ERR_INVALID);
    return 0;
}
