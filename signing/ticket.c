#include "signing/ticket.h"

#include "base/text.h"
#include "signing/canonical.h"
#include "signing/snapshot.h"
#include "signing/tuf_parts.h"

/* ---- the rules, for both directions -------------------------------------------------------------- */

static bool check_device(const char *device, struct err *err)
{
    size_t size = device ? strlen(device) : 0;

    if (size < 1 || size > TICKET_DEVICE_MAX || !text_is_utf8(span_of(device)))
        return FAIL(err, ERR_INVALID, "member \"device\" is 1 to %d bytes of text", TICKET_DEVICE_MAX);
    /* Canonical JSON leaves them raw, and then the file is no JSON. */
    for (const char *c = device; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7F)
            return FAIL(err, ERR_INVALID, "member \"device\" must not hold control characters");
    return true;
}

static bool check_categories(struct arena *arena, const char *categories, struct err *err)
{
    bool has_come[SNAPSHOT_KINDS] = {false};
    struct span rest, piece;

    if (!categories)
        return FAIL(err, ERR_INVALID, "member \"categories\" is missing");
    rest = span_of(categories);
    while (text_split(&rest, ',', &piece)) {
        const struct snapshot_kind *kind = snapshot_kind_find(arena_text(arena, piece));

        if (!kind)
            return FAIL(err, ERR_INVALID, "member \"categories\" names \"%.*s\", which is none",
                        (int)(piece.size < 64 ? piece.size : 64), piece.at);
        if (has_come[kind - snapshot_kinds])
            return FAIL(err, ERR_INVALID, "member \"categories\" names \"%s\" twice", kind->name);
        has_come[kind - snapshot_kinds] = true;
    }
    return true;
}

static bool check_numbers(const struct restore_ticket *ticket, struct err *err)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"backup", ticket->backup},   {"counter", ticket->counter},    {"length", ticket->length},
        {"restore", ticket->restore}, {"expires", ticket->expires_ms},
    };

    for (size_t i = 0; i < COUNT(numbers); i++)
        if (numbers[i].value < 1 || numbers[i].value > TICKET_NUMBER_MAX)
            return FAIL(err, ERR_INVALID, "member \"%s\" is out of bounds", numbers[i].name);
    return true;
}

static bool check_ticket(struct arena *arena, const struct restore_ticket *ticket, struct err *err)
{
    if (!text_name(ticket->tenant, "member \"tenant\"", TICKET_NAME_MAX, err) ||
        !check_device(ticket->device, err) || !check_categories(arena, ticket->categories, err) ||
        !check_numbers(ticket, err))
        return false;
    if (!ticket->digest || !text_is_hex(ticket->digest, 64))
        return FAIL(err, ERR_INVALID, "member \"digest\" must be 64 digits of 0-9 a-f");
    return true;
}

/* ---- writing ------------------------------------------------------------------------------------- */

bool ticket_write(struct arena *arena, const struct restore_ticket *ticket, struct span *signed_bytes,
                  struct err *err)
{
    struct buf buf = {.arena = arena};
    struct json_out json = {.buf = &buf};

    if (!check_ticket(arena, ticket, err))
        return err_within(err, "restore ticket");
    json_open(&json, NULL);
    json_text(&json, "_type", TICKET_TYPE);
    json_int(&json, "backup", ticket->backup);
    json_text(&json, "categories", ticket->categories);
    json_int(&json, "counter", ticket->counter);
    json_text(&json, "device", ticket->device);
    json_text(&json, "digest", ticket->digest);
    json_text(&json, "expires", text_time(arena, ticket->expires_ms));
    json_int(&json, "length", ticket->length);
    json_int(&json, "restore", ticket->restore);
    json_text(&json, "tenant", ticket->tenant);
    json_close(&json);
    return canonical_text(arena, buf_span(&buf), signed_bytes, err);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool read_members(struct arena *arena, const struct json *body, struct restore_ticket *out,
                         struct err *err)
{
    const char *type = NULL, *expires = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT("_type",      type,            1, 32),
        JSON_INT ("backup",     out->backup,     1, TICKET_NUMBER_MAX),
        JSON_TEXT("categories", out->categories, 1, 1024),
        JSON_INT ("counter",    out->counter,    1, TICKET_NUMBER_MAX),
        JSON_TEXT("device",     out->device,     1, TICKET_DEVICE_MAX),
        JSON_TEXT("digest",     out->digest,     64, 64),
        JSON_TEXT("expires",    expires,         20, 20),
        JSON_INT ("length",     out->length,     1, TICKET_NUMBER_MAX),
        JSON_INT ("restore",    out->restore,    1, TICKET_NUMBER_MAX),
        JSON_TEXT("tenant",     out->tenant,     1, TICKET_NAME_MAX),
    };
    /* clang-format on */
    if (!json_read(body, fields, COUNT(fields), err))
        return false;
    if (!text_equal(type, TICKET_TYPE))
        return FAIL(err, ERR_INVALID, "the _type is not " TICKET_TYPE);
    if (!text_time_parse(expires, &out->expires_ms))
        return FAIL(err, ERR_INVALID, "member \"expires\" must be like 2026-09-02T10:15:00Z");
    return check_ticket(arena, out, err);
}

static bool read_envelope(struct arena *arena, struct span envelope, const struct json **body,
                          struct tuf_file *file, struct err *err)
{
    const struct json *root, *signatures = NULL;
    const struct json_field fields[] = {
        JSON_LIST_OF("signatures", signatures, TUF_SIGNATURES_MAX),
        JSON_OBJECT_OF("signed", *body),
    };

    if (envelope.size > TICKET_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "larger than %d bytes", TICKET_BYTES_MAX);
    if (!json_parse(arena, envelope, &root, err) || !json_read(root, fields, COUNT(fields), err))
        return false;
    for (size_t i = 0; i < json_count(signatures); i++)
        if (json_count(json_item(signatures, i)) != 2)
            return FAIL(err, ERR_INVALID, "a signature has a keyid and a sig, and nothing else");
    return tuf_signatures_read(arena, signatures, file, err);
}

/* One spelling for each ticket: what is signed is what ticket_write() makes of it. */
static bool check_spelling(struct arena *arena, const struct json *body, const struct restore_ticket *ticket,
                           struct span *signed_bytes, struct err *err)
{
    struct span ours;

    if (!canonical_write(arena, body, signed_bytes, err) || !ticket_write(arena, ticket, &ours, err))
        return false;
    if (ours.size != signed_bytes->size || memcmp(ours.at, signed_bytes->at, ours.size) != 0)
        return FAIL(err, ERR_INVALID, "its members are spelled in another way than ours");
    return true;
}

bool ticket_signed_read(struct arena *arena, struct span signed_bytes, struct restore_ticket *out,
                        struct err *err)
{
    struct restore_ticket ticket = {0};
    const struct json *body;
    struct span again;

    if (!json_parse(arena, signed_bytes, &body, err) || !read_members(arena, body, &ticket, err) ||
        !check_spelling(arena, body, &ticket, &again, err))
        return err_within(err, "restore ticket");
    *out = ticket;
    return true;
}

bool ticket_read(struct arena *arena, struct span envelope, const struct tuf_keys *keys,
                 struct restore_ticket *out, struct err *err)
{
    struct restore_ticket ticket = {0};
    const struct json *body = NULL;
    struct tuf_file file = {0};

    if (!read_envelope(arena, envelope, &body, &file, err) || !read_members(arena, body, &ticket, err) ||
        !check_spelling(arena, body, &ticket, &file.signed_bytes, err))
        return err_within(err, "restore ticket");
    int64_t valid = tuf_count_valid(file.signed_bytes, file.signatures, file.signature_count, keys);

    if (keys->threshold < 1 || valid < keys->threshold)
        return FAIL(err, ERR_FORBIDDEN, "restore ticket: it is signed by %lld of the %lld keys it needs",
                    (long long)valid, (long long)keys->threshold);
    *out = ticket;
    return true;
}
