#include "signing/age_header.h"

#include <sodium.h>

#include "base/text.h"
#include "signing/age_parts.h"

#define VERSION_START "age-encryption.org/"
#define VERSION_LINE "age-encryption.org/v1"
#define ARMOR_START "-----BEGIN"
#define STANZA_START "->"
#define END_START "---"
#define BODY_COLUMNS 64
#define MAC_CHARS 43

/* ---- where it ends ----------------------------------------------------------- */

/* The next line without its line feed; false when there is none in these bytes. */
static bool next_line(struct span *rest, struct span *line)
{
    const char *end = rest->size ? memchr(rest->at, '\n', rest->size) : NULL;

    if (!end)
        return false;
    *line = span_make(rest->at, (size_t)(end - rest->at));
    *rest = span_make(end + 1, rest->size - line->size - 1);
    return true;
}

static bool starts(struct span line, const char *with)
{
    return line.size >= strlen(with) && memcmp(line.at, with, strlen(with)) == 0;
}

/* Whether a file that begins so may become one of ours, however short the beginning. */
static bool check_version(struct span start, struct err *err)
{
    static const char want[] = VERSION_LINE "\n";
    size_t size = start.size < sizeof(want) - 1 ? start.size : sizeof(want) - 1;

    if (size == 0 || memcmp(start.at, want, size) == 0)
        return true;
    if (starts(start, VERSION_START))
        return FAIL(err, ERR_INVALID, "age header: the version line is not %s", VERSION_LINE);
    return FAIL(err, ERR_INVALID, "age header: the file does not begin with %s%s", VERSION_LINE,
                starts(start, ARMOR_START) ? ", but as armor" : "");
}

enum age_found age_header_size(struct span start, size_t *size, struct err *err)
{
    struct span rest = start, line;

    if (!check_version(start, err))
        return AGE_REFUSED;
    if (rest.size > AGE_HEADER_MAX)
        rest.size = AGE_HEADER_MAX;
    while (next_line(&rest, &line)) {
        if (!starts(line, END_START))
            continue;
        *size = (size_t)(rest.at - start.at);
        return AGE_FOUND;
    }
    if (start.size < AGE_HEADER_MAX)
        return AGE_CUT;
    (void)FAIL(err, ERR_TOO_LARGE, "age header: it does not end within %d KiB", AGE_HEADER_MAX / 1024);
    return AGE_REFUSED;
}

/* ---- reading ----------------------------------------------------------------- */

static bool check_argument(struct span argument, struct err *err)
{
    if (argument.size == 0)
        return FAIL(err, ERR_INVALID, "one space stands before each argument, and none is empty");
    for (size_t i = 0; i < argument.size; i++)
        if (argument.at[i] < 0x21 || argument.at[i] > 0x7e)
            return FAIL(err, ERR_INVALID, "an argument holds byte %02x, which is not visible ASCII",
                        (unsigned)(uint8_t)argument.at[i]);
    return true;
}

static size_t count_spaces(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.at[i] == ' ';
    return count;
}

static bool parse_arguments(struct arena *arena, struct span line, struct age_stanza *out, struct err *err)
{
    struct span rest, piece;

    if (!starts(line, STANZA_START " "))
        return FAIL(err, ERR_INVALID, "it does not begin with \"-> \"");
    rest = span_make(line.at + 3, line.size - 3);
    out->args = ARENA_MANY(arena, struct span, count_spaces(rest) + 1);
    for (bool is_first = true; text_split(&rest, ' ', &piece); is_first = false) {
        if (!check_argument(piece, err))
            return false;
        if (is_first)
            out->kind = piece;
        else
            out->args[out->arg_count++] = piece;
    }
    return true;
}

/* Base64 in lines of 64, up to and with the first that is shorter. */
static bool parse_body(struct arena *arena, struct span *rest, struct age_stanza *out, struct err *err)
{
    struct buf text = {.arena = arena};
    struct span line;

    do {
        if (!next_line(rest, &line) || starts(line, END_START) || starts(line, STANZA_START))
            return FAIL(err, ERR_INVALID, "its body does not end with a line of less than 64 characters");
        if (line.size > BODY_COLUMNS)
            return FAIL(err, ERR_INVALID, "a line of its body has %zu characters, more than 64", line.size);
        buf_add(&text, line);
    } while (line.size == BODY_COLUMNS);
    size_t size = text.size / 4 * 3 + (text.size % 4 ? text.size % 4 - 1 : 0);
    uint8_t *body = arena_take(arena, size + 1);
    if (!age_unbase64(buf_span(&text), body, size))
        return FAIL(err, ERR_INVALID, "its body is not canonical base64 without padding");
    out->body = span_make(body, size);
    return true;
}

static bool parse_stanza(struct arena *arena, struct span line, struct span *rest, struct age_header *header,
                         struct err *err)
{
    struct age_stanza *stanza = &header->stanzas[header->count];

    if (header->count == AGE_STANZAS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "age header: more than %d stanzas", AGE_STANZAS_MAX);
    header->count++;
    if (!parse_arguments(arena, line, stanza, err) || !parse_body(arena, rest, stanza, err) ||
        !age_stanza_check(stanza, err))
        return err_within(err, "age header: stanza %zu", header->count);
    return true;
}

static bool parse_end(struct span line, struct age_header *header, struct err *err)
{
    static const size_t before = sizeof(END_START " ") - 1;

    if (line.size != before + MAC_CHARS || !starts(line, END_START " ") ||
        !age_unbase64(span_make(line.at + before, MAC_CHARS), header->mac, sizeof(header->mac)))
        return FAIL(err, ERR_INVALID,
                    "age header: the last line is not \"--- \" and %zu bytes of canonical base64",
                    sizeof(header->mac));
    return true;
}

/* Whoever knows the passphrase is meant to be the only one who can have made the file. */
static bool check_alone(const struct age_header *header, struct err *err)
{
    for (size_t i = 0; i < header->count; i++)
        if (header->count > 1 && age_span_is(header->stanzas[i].kind, AGE_SCRYPT))
            return FAIL(err, ERR_INVALID, "age header: a scrypt stanza stands alone, and here are %zu",
                        header->count);
    return true;
}

static bool parse_lines(struct arena *arena, struct span bytes, struct age_header *out, struct err *err)
{
    struct span rest = bytes, line;

    if (!next_line(&rest, &line))
        return FAIL(err, ERR_INVALID, "age header: the file is cut within it");
    while (next_line(&rest, &line) && !starts(line, END_START))
        if (!parse_stanza(arena, line, &rest, out, err))
            return false;
    if (out->count == 0)
        return FAIL(err, ERR_INVALID, "age header: there is no stanza");
    out->maced = span_make(bytes.at, (size_t)(line.at - bytes.at) + strlen(END_START));
    return parse_end(line, out, err) && check_alone(out, err);
}

bool age_header_parse(struct arena *arena, struct span bytes, struct age_header *out, struct err *err)
{
    struct age_header header = {.stanzas = ARENA_MANY(arena, struct age_stanza, AGE_STANZAS_MAX)};

    switch (age_header_size(bytes, &header.size, err)) {
    case AGE_REFUSED:
        return false;
    case AGE_CUT:
        return FAIL(err, ERR_INVALID, "age header: the file is cut within it");
    case AGE_FOUND:
        break;
    }
    if (!parse_lines(arena, span_make(bytes.at, header.size), &header, err))
        return false;
    *out = header;
    return true;
}

bool age_header_stanzas(struct span bytes, struct age_stanzas *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct age_header header;
    struct age_stanzas count = {0};

    if (!age_header_parse(arena, bytes, &header, err))
        return false;
    for (size_t i = 0; i < header.count; i++) {
        count.x25519 += age_span_is(header.stanzas[i].kind, AGE_X25519);
        count.scrypt += age_span_is(header.stanzas[i].kind, AGE_SCRYPT);
    }
    count.other = header.count - count.x25519 - count.scrypt;
    *out = count;
    return true;
}

/* ---- writing ----------------------------------------------------------------- */

void age_header_mac(const uint8_t *file_key, struct span maced, uint8_t mac[32])
{
    AUTO(age_locked_freep) uint8_t *mac_key = age_locked_new(AGE_KEY_BYTES);

    age_hkdf(span_make(file_key, AGE_FILE_KEY_BYTES), span_of(""), "header", mac_key);
    crypto_auth_hmacsha256(mac, (const uint8_t *)maced.at, maced.size, mac_key);
}

bool age_header_write(struct arena *arena, const uint8_t *file_key, const struct age_to *to, struct span *out,
                      struct err *err)
{
    struct buf text = {.arena = arena};
    uint8_t mac[32];
    char line[MAC_CHARS + 1];

    buf_text(&text, VERSION_LINE "\n");
    if (!age_wrap(file_key, to, &text, err))
        return false;
    buf_text(&text, END_START);
    age_header_mac(file_key, buf_span(&text), mac);
    sodium_bin2base64(line, sizeof(line), mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    buf_printf(&text, " %s\n", line);
    *out = buf_span(&text);
    return true;
}
