#include "signing/checkpoint.h"

#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"

#define NUMBER_MAX ((INT64_C(1) << 53) - 1)
#define TENANT_MAX 64

static bool check(const struct checkpoint *checkpoint, struct err *err)
{
    if (!text_name(checkpoint->tenant, "member \"tenant\"", TENANT_MAX, err))
        return false;
    if (checkpoint->no < 1 || checkpoint->no > NUMBER_MAX)
        return FAIL(err, ERR_INVALID, "member \"no\" is out of bounds");
    if (!checkpoint->digest || !text_is_hex(checkpoint->digest, 64))
        return FAIL(err, ERR_INVALID, "member \"digest\" must be 64 digits of 0-9 a-f");
    return true;
}

bool checkpoint_write(struct arena *arena, const struct checkpoint *checkpoint, struct span *signed_bytes,
                      struct err *err)
{
    struct buf buf = {.arena = arena};
    struct json_out json = {.buf = &buf};

    if (!check(checkpoint, err))
        return err_within(err, "checkpoint");
    json_open(&json, NULL);
    json_text(&json, "_type", CHECKPOINT_TYPE);
    json_text(&json, "digest", checkpoint->digest);
    json_int(&json, "no", checkpoint->no);
    json_text(&json, "tenant", checkpoint->tenant);
    json_text(&json, "time", text_time(arena, checkpoint->at_ms));
    json_close(&json);
    return canonical_text(arena, buf_span(&buf), signed_bytes, err);
}

static bool read_members(const struct json *body, struct checkpoint *out, struct err *err)
{
    const char *type = NULL, *time = NULL;
    /* clang-format off */
    const struct json_field fields[] = {
        JSON_TEXT("_type",  type,        1, 32),
        JSON_TEXT("digest", out->digest, 64, 64),
        JSON_INT ("no",     out->no,     1, NUMBER_MAX),
        JSON_TEXT("tenant", out->tenant, 1, TENANT_MAX),
        JSON_TEXT("time",   time,        20, 20),
    };
    /* clang-format on */
    if (!json_read(body, fields, COUNT(fields), err))
        return false;
    if (!text_equal(type, CHECKPOINT_TYPE))
        return FAIL(err, ERR_INVALID, "the _type is not " CHECKPOINT_TYPE);
    if (!text_time_parse(time, &out->at_ms))
        return FAIL(err, ERR_INVALID, "member \"time\" must be like 2026-09-02T10:15:00Z");
    return check(out, err);
}

static bool is_signed(const struct tuf_file *file, const struct tuf_keys *roles, size_t role_count)
{
    for (size_t i = 0; i < role_count; i++)
        if (roles[i].threshold >= 1 &&
            tuf_count_valid(file->signed_bytes, file->signatures, file->signature_count, &roles[i]) >=
                roles[i].threshold)
            return true;
    return role_count == 0;
}

bool checkpoint_read(struct arena *arena, const struct json *envelope, const struct tuf_keys *roles,
                     size_t role_count, struct checkpoint *out, struct err *err)
{
    struct checkpoint checkpoint = {0};
    const struct json *signatures = NULL, *body = NULL;
    struct tuf_file file = {0};
    const struct json_field fields[] = {
        JSON_LIST_OF("signatures", signatures, TUF_SIGNATURES_MAX),
        JSON_OBJECT_OF("signed", body),
    };

    if (!json_read(envelope, fields, COUNT(fields), err) ||
        !tuf_signatures_read(arena, signatures, &file, err) || !read_members(body, &checkpoint, err) ||
        !canonical_write(arena, body, &file.signed_bytes, err))
        return err_within(err, "checkpoint");
    if (!is_signed(&file, roles, role_count))
        return FAIL(err, ERR_FORBIDDEN,
                    "the checkpoint over record %lld is signed by none of the roots given",
                    (long long)checkpoint.no);
    *out = checkpoint;
    return true;
}
