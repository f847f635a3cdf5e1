#include "http/forwarded.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/err.h"
#include "base/text.h"

struct address {
    uint8_t bytes[16];
    int bits; /* 32 or 128 */
};

static bool address_parse(const char *text, struct address *out)
{
    *out = (struct address){.bits = 32};
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        return true;
    out->bits = 128;
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* One element of the list: an address, or address/bits. */
static bool element_covers(struct span element, const struct address *who)
{
    char text[64];
    char *slash;
    struct address net;
    struct err err;
    int64_t bits;

    if (element.size == 0 || element.size >= sizeof(text))
        return false;
    memcpy(text, element.at, element.size);
    text[element.size] = '\0';
    slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    if (!address_parse(text, &net) || net.bits != who->bits)
        return false;
    bits = net.bits;
    if (slash && !text_int(slash + 1, "prefix", 0, net.bits, &bits, &err))
        return false;
    return same_bits(net.bytes, who->bytes, (int)bits);
}

bool forwarded_trusts(const char *list, const char *peer)
{
    struct span rest = span_of(list), piece;
    struct address who;

    if (!peer || !address_parse(peer, &who))
        return false;
    while (rest.size > 0 && text_split(&rest, ',', &piece))
        if (element_covers(text_trim(piece), &who))
            return true;
    return false;
}

bool forwarded_authority_is_sound(const char *authority)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
    size_t size = strlen(authority);

    return size > 0 && size <= 255 && strspn(authority, allowed) == size;
}

static bool prefix_is_sound(const char *prefix)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~/%";
    size_t size = strlen(prefix);

    return prefix[0] == '/' && size <= 200 && strspn(prefix, allowed) == size && !strstr(prefix, "..") &&
           !strstr(prefix, "//");
}

static bool has_port(const char *authority)
{
    const char *after = strrchr(authority, ']');

    return strchr(after ? after : authority, ':') != NULL;
}

/* The first of a comma list: the proxy nearest to the client. */
static const char *first_of(struct req *req, const char *name)
{
    const char *value = http_header(req, name);
    struct span rest = span_of(value), piece;

    if (!value || !text_split(&rest, ',', &piece))
        return NULL;
    return arena_text(req->arena, text_trim(piece));
}

/* Walks one header's list from its end; true when an address that is no proxy of ours was found. */
static bool peer_from(struct req *req, const char *list, const char *trusted)
{
    size_t end = strlen(list);

    while (end > 0) {
        size_t start = end;
        const char *one;
        struct address parsed;

        while (start > 0 && list[start - 1] != ',')
            start--;
        one = arena_text(req->arena, text_trim(span_make(list + start, end - start)));
        if (!address_parse(one, &parsed))
            return true; /* a word we cannot judge: believe nobody beyond it */
        req->peer = one;
        if (!forwarded_trusts(trusted, one))
            return true;
        end = start > 0 ? start - 1 : 0;
    }
    return false;
}

static void apply_peer(struct req *req, const char *trusted)
{
    for (size_t i = req->header_count; i > 0; i--)
        if (strcasecmp(req->headers[i - 1].name, "X-Forwarded-For") == 0 &&
            peer_from(req, req->headers[i - 1].value, trusted))
            return;
}

static void apply_prefix(struct req *req)
{
    const char *prefix = first_of(req, "X-Forwarded-Prefix");
    size_t size;

    if (!prefix || !prefix_is_sound(prefix))
        return;
    size = strlen(prefix);
    req->prefix = arena_text(req->arena, span_make(prefix, prefix[size - 1] == '/' ? size - 1 : size));
}

static void apply_authority(struct req *req)
{
    const char *host = first_of(req, "X-Forwarded-Host");
    const char *port_text = first_of(req, "X-Forwarded-Port");
    bool has_host = host && forwarded_authority_is_sound(host);
    bool is_default;
    struct err err;
    int64_t port;

    if (has_host)
        req->authority = host;
    if (!port_text || !req->authority || !text_int(port_text, "port", 1, 65535, &port, &err))
        return;
    if (has_host && has_port(req->authority))
        return; /* it has said so already */
    is_default = port == (strcmp(req->scheme, "https") == 0 ? 443 : 80);
    if (has_port(req->authority)) {
        const char *colon = strrchr(req->authority, ':');

        req->authority = arena_text(req->arena, span_make(req->authority, (size_t)(colon - req->authority)));
    }
    if (!is_default)
        req->authority = arena_printf(req->arena, "%s:%d", req->authority, (int)port);
}

void forwarded_apply(struct req *req, const char *trusted)
{
    const char *scheme = first_of(req, "X-Forwarded-Proto");

    if (scheme && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0))
        req->scheme = scheme;
    apply_authority(req);
    apply_prefix(req);
    apply_peer(req, trusted);
}
