/* Any bytes as a restore ticket: refused with a reason. Nothing here is ever signed by the one key, so what
 * has a sound form ends as forbidden; the signed part alone must then be written to the same bytes again. */
#include "signing/ticket.h"

#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The form, with a signature of our own around it. */
static void check_signed(struct arena *arena, struct key *key, struct span body)
{
    struct tuf_keys keys = {.keys = key_public(key), .count = 1, .threshold = 1};
    struct tuf_signature signature = {0};
    struct restore_ticket ticket, again;
    struct span envelope, written;
    struct err err;

    memcpy(signature.keyid, key_public(key)->id, sizeof(signature.keyid));
    key_sign(key, body, signature.sig);
    if (!tuf_envelope_write(arena, body, &signature, 1, &envelope, &err))
        return;
    if (!ticket_read(arena, envelope, &keys, &ticket, &err)) {
        must(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return;
    }
    must(ticket_write(arena, &ticket, &written, &err));
    must(written.size == body.size && memcmp(written.at, body.at, body.size) == 0);
    key_sign(key, written, signature.sig);
    must(tuf_envelope_write(arena, written, &signature, 1, &envelope, &err) &&
         ticket_read(arena, envelope, &keys, &again, &err) && again.expires_ms == ticket.expires_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(key_freep) struct key *key = NULL;
    struct restore_ticket ticket;
    struct err err;

    must(key_from_seed("fuzz", (const uint8_t[32]){42}, &key, &err));
    struct tuf_keys keys = {.keys = key_public(key), .count = 1, .threshold = 1};

    must(!ticket_read(arena, span_make(data, size), &keys, &ticket, &err));
    must(err.code != ERR_NONE && !text_blank(err.text));
    check_signed(arena, key, span_make(data, size));
    return 0;
}
