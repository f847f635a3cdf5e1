#include "malformed/malformed.h"

#include "base/text.h"

/* clang-format off */
static const struct {
    const char *name, *values[9];
} known[] = {
    {"Content-Type",        {"application/json", "application/json;charset=utf-8", "application/cbor", "text/plain",
                             "application/offset+octet-stream", "application/merge-patch+json", "multipart/form-data; boundary=", ""}},
    {"Accept",              {"application/hal+json", "application/cbor", "*/*", "text/html;q=0", "application/json;q=x", ";;;,,,"}},
    {"Range",               {"bytes=0-0", "bytes=0-", "bytes=-1", "bytes=5-3", "bytes=0-0,2-2,4-4", "bytes=0-0,0-0,0-0",
                             "bytes=99999999999999999999-", "bytes=", "items=0-5"}},
    {"If-Range",            {"\"x\"", "W/\"x\"", "Mon, 21 Sep 2026 14:13:20 GMT", "yesterday"}},
    {"If-None-Match",       {"*", "\"x\"", "W/\"x\", \"y\"", "\"", "x"}},
    {"If-Match",            {"*", "\"x\"", "\"\"", ",,,"}},
    {"If-Modified-Since",   {"Mon, 21 Sep 2026 14:13:20 GMT", "Mon, 99 Foo 9999 99:99:99 GMT", "0"}},
    {"Tus-Resumable",       {"1.0.0", "0.2.2", "", "1"}},
    {"Upload-Length",       {"10", "0", "100000", "-1", "99999999999999999999", "1e3", "07"}},
    {"Upload-Offset",       {"0", "1", "10", "-1", "18446744073709551616", "x"}},
    {"Upload-Defer-Length", {"1", "0", "yes"}},
    {"Upload-Metadata",     {"filename c3lzdGVtLmltZw==", "filename", "a b c", "a !!!!", "trigger c2NoZWR1bGU=,taken MjAyNi0wOS0yMVQxNDowMDowMFo=",
                             "a YQ==,a YQ==", ",,,", ""}},
    {"Upload-Checksum",     {"sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "md5 x", "sha256", "crc32 !!!!"}},
    {"Upload-Concat",       {"partial", "final;/a /b"}},
    {"Prefer",              {"wait=0", "wait=5", "wait=-1", "wait=99999999999999999999", "wait", "respond-async, wait=1;x=\"\\"}},
    {"X-HTTP-Method-Override", {"PATCH", "DELETE", "HEAD", "TRACE", ""}},
    {"Idempotency-Key",     {"k1", "k2", "k3", "", "'; --", "\xff\xfe"}},
    {"Cookie",              {"nightshift=token-admin", "nightshift=", "nightshift", "a=b; nightshift=token-viewer; nightshift=x", ";;;="}},
    {"Origin",              {"https://evil.example", "null"}},
    {"Expect",              {"100-continue", "200-ok"}},
    {"X-Forwarded-For",     {"203.0.113.9", "::1", "a, b, c", ""}},
};
/* clang-format on */

void header_put(struct ask *ask, const char *name, const char *value)
{
    if (ask->header_count < HTTP_HEADERS_MAX)
        ask->headers[ask->header_count++] = (struct http_pair){name, value};
}

static void put_known(struct dice *dice, struct arena *arena, struct ask *ask, size_t at)
{
    size_t count = 0;

    while (count < COUNT(known[at].values) && known[at].values[count])
        count++;
    header_put(ask, known[at].name,
               dice_chance(dice, 8) ? word_wrong(dice, arena)
                                    : known[at].values[dice_below(dice, (int64_t)count)]);
}

static void put_named(struct dice *dice, struct arena *arena, struct ask *ask, const char *name)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_equal(known[i].name, name))
            put_known(dice, arena, ask, i);
}

/* Who would be let in, most of the time. */
static const char *credential(struct dice *dice, struct arena *arena, const struct ask *ask)
{
    static const char *const operators[] = {"Bearer token-admin", "Bearer token-engineer",
                                            "Bearer token-technician", "Bearer token-viewer"};
    static const char *const wrong[] = {
        "Bearer ",        "Bearer",     "bearer token-admin",       "TargetToken",
        "GatewayToken x", "Basic YTpi", "TargetToken token-nobody", "Bearer token-admin token-admin"};
    const char *at = strstr(ask->target, "/controller/v1/");

    if (dice_chance(dice, 6))
        return DICE_PICK(dice, wrong);
    if (dice_chance(dice, 3))
        return word_wrong(dice, arena);
    if (ask->route && !(ask->route->who & WHO_DEVICE))
        return dice_chance(dice, 70) ? operators[0] : DICE_PICK(dice, operators);
    if (!at || dice_chance(dice, 20))
        return "GatewayToken gateway";
    at += strlen("/controller/v1/");
    return arena_printf(arena, "TargetToken token-%.*s", (int)strcspn(at, "/?"), at);
}

static void tus(struct dice *dice, struct arena *arena, struct ask *ask)
{
    if (dice_chance(dice, 92))
        header_put(ask, "Tus-Resumable", "1.0.0");
    if (text_equal(ask->method, "POST")) {
        header_put(ask, "Upload-Length",
                   dice_chance(dice, 75) ? arena_printf(arena, "%lld", (long long)dice_below(dice, 300))
                                         : word_wrong(dice, arena));
        put_named(dice, arena, ask, "Upload-Metadata");
    }
    if (text_equal(ask->method, "PATCH") || dice_chance(dice, 30)) {
        header_put(ask, "Content-Type", "application/offset+octet-stream");
        header_put(ask, "Upload-Offset", dice_chance(dice, 80) ? "0" : word_wrong(dice, arena));
    }
    if (dice_chance(dice, 20))
        put_named(dice, arena, ask, "Upload-Checksum");
}

void headers_make(struct dice *dice, struct arena *arena, struct ask *ask)
{
    if (dice_chance(dice, 95))
        header_put(ask, "Authorization", credential(dice, arena, ask));
    if (ask->route && ask->route->face == FACE_TUS)
        tus(dice, arena, ask);
    else if (ask->body.size > 0)
        header_put(ask, "Content-Type", dice_chance(dice, 93) ? "application/json" : "text/plain");
    for (int64_t more = dice_below(dice, 4); more > 0; more--)
        put_known(dice, arena, ask, (size_t)dice_below(dice, COUNT(known)));
    if (dice_chance(dice, 15))
        put_named(dice, arena, ask, "Idempotency-Key");
    if (dice_chance(dice, 1))
        while (ask->header_count < HTTP_HEADERS_MAX)
            header_put(ask, "X-Many", word_wrong(dice, arena));
}
