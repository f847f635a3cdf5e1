#include "signing/tuf.h"

#include "base/buf.h"
#include "base/text.h"
#include "signing/canonical.h"

static bool signature_check(const struct tuf_signature *signatures, size_t at, struct err *err)
{
    const struct tuf_signature *signature = &signatures[at];

    if (!text_is_hex(signature->keyid, KEY_ID_CHARS))
        return FAIL(err, ERR_INVALID, "signature %zu: a key id is %d lower-case hex digits", at,
                    KEY_ID_CHARS);
    if (*signature->sig && !text_is_hex(signature->sig, KEY_SIG_HEX_CHARS))
        return FAIL(err, ERR_INVALID, "signature of key %.8s: %d lower-case hex digits, or empty",
                    signature->keyid, KEY_SIG_HEX_CHARS);
    for (size_t i = 0; i < at; i++)
        if (text_equal(signatures[i].keyid, signature->keyid))
            return FAIL(err, ERR_INVALID, "key %.8s signs twice", signature->keyid);
    return true;
}

static bool is_canonical(struct arena *arena, struct span bytes, struct err *err)
{
    struct span again;

    if (!canonical_text(arena, bytes, &again, err))
        return err_within(err, "the signed part");
    if (again.size != bytes.size || memcmp(again.at, bytes.at, bytes.size) != 0)
        return FAIL(err, ERR_INVALID, "the signed part is not in canonical form");
    return true;
}

bool tuf_envelope_write(struct arena *arena, struct span signed_bytes, const struct tuf_signature *signatures,
                        size_t count, struct span *out, struct err *err)
{
    struct buf buf = {.arena = arena};
    struct json_out json = {.buf = &buf};

    if (count > TUF_SIGNATURES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "at most %d signatures", TUF_SIGNATURES_MAX);
    if (!is_canonical(arena, signed_bytes, err))
        return false;
    json_open(&json, NULL);
    json_open_list(&json, "signatures");
    for (size_t i = 0; i < count; i++) {
        if (!signature_check(signatures, i, err))
            return false;
        json_open(&json, NULL);
        json_text(&json, "keyid", signatures[i].keyid);
        json_text(&json, "sig", signatures[i].sig);
        json_close(&json);
    }
    json_close(&json);
    json_raw(&json, "signed", signed_bytes);
    json_close(&json);
    *out = buf_span(&buf);
    return true;
}
