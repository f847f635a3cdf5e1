#include "signing/signer_frame.h"

#include <endian.h>

#include "base/text.h"

/* magic 2, kind 1, small 2, 0 1, number 8 (at 6, unaligned: copied), sizes 3 x 3 */
#define MAGIC "n1"
#define AT_KIND 2
#define AT_SMALL 3
#define AT_NUMBER 6
#define AT_SIZES 14

static const size_t part_max[SIGNER_FRAME_PARTS] = {1024, 1024, SIGNER_BYTES_MAX};

static size_t size_at(const uint8_t *at)
{
    return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16;
}

bool signer_frame_head(const uint8_t head[SIGNER_FRAME_HEAD], struct signer_frame *out, struct err *err)
{
    struct signer_frame frame = {.small = {head[AT_SMALL], head[AT_SMALL + 1]}};
    uint64_t number;

    if (memcmp(head, MAGIC, 2) != 0 || head[AT_KIND] >= SIGNER_FRAME__MAX || head[AT_NUMBER - 1] != 0 ||
        head[SIGNER_FRAME_HEAD - 1] != 0)
        return FAIL(err, ERR_INVALID, "this is no message of the signer's pipe");
    frame.kind = (enum signer_frame_kind)head[AT_KIND];
    memcpy(&number, head + AT_NUMBER, sizeof(number));
    frame.number = (int64_t)le64toh(number);
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++) {
        frame.parts[i].size = size_at(head + AT_SIZES + 3 * i);
        if (frame.parts[i].size > part_max[i])
            return FAIL(err, ERR_INVALID, "part %zu of a message of the signer's pipe is too large", i);
    }
    *out = frame;
    return true;
}

void signer_frame_write(const struct signer_frame *frame, uint8_t head[SIGNER_FRAME_HEAD])
{
    uint64_t number = htole64((uint64_t)frame->number);

    memset(head, 0, SIGNER_FRAME_HEAD);
    memcpy(head, MAGIC, 2);
    head[AT_KIND] = (uint8_t)frame->kind;
    memcpy(head + AT_SMALL, frame->small, sizeof(frame->small));
    memcpy(head + AT_NUMBER, &number, sizeof(number));
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++)
        for (size_t k = 0; k < 3; k++)
            head[AT_SIZES + 3 * i + k] = (uint8_t)(frame->parts[i].size >> 8 * k);
}

static bool text_of(struct arena *arena, struct span part, const char **out, struct err *err)
{
    if (part.size && memchr(part.at, '\0', part.size))
        return FAIL(err, ERR_INVALID, "a NUL in a text of the signer's pipe");
    *out = arena_text(arena, part);
    return true;
}

struct signer_frame signer_frame_of_ask(const struct signer_ask *ask)
{
    return (struct signer_frame){.kind = SIGNER_FRAME_ASK,
                                 .small = {(uint8_t)ask->verb, (uint8_t)ask->key},
                                 .number = ask->role,
                                 .parts = {span_of(ask->place), span_of(ask->name), ask->bytes}};
}

bool signer_frame_ask(struct arena *arena, const struct signer_frame *frame, struct signer_ask *out,
                      struct err *err)
{
    struct signer_ask ask = {.bytes = frame->parts[2]};

    if (frame->kind != SIGNER_FRAME_ASK || frame->small[0] >= SIGNER_VERB__MAX ||
        frame->small[1] >= SIGNER_KEY__MAX || frame->number < 0 || frame->number >= TUF_ROLE__MAX)
        return FAIL(err, ERR_INVALID, "nothing that the signer can be asked");
    ask.verb = (enum signer_verb)frame->small[0];
    ask.key = (enum signer_key)frame->small[1];
    ask.role = (enum tuf_role)frame->number;
    if (!text_of(arena, frame->parts[0], &ask.place, err) || !text_of(arena, frame->parts[1], &ask.name, err))
        return false;
    *out = ask;
    return true;
}

struct signer_frame signer_frame_of_answer(struct arena *arena, const struct signer_answer *answer)
{
    return (struct signer_frame){
        .kind = SIGNER_FRAME_DONE,
        .number = answer->version,
        .parts = {span_of(text_hex(arena, answer->key.bytes, sizeof(answer->key.bytes))),
                  span_of(arena_dup(arena, answer->sig)), span_of(arena_dup(arena, answer->digest))}};
}

struct signer_frame signer_frame_of_refusal(struct arena *arena, const struct err *refusal)
{
    return (struct signer_frame){.kind = SIGNER_FRAME_REFUSED,
                                 .small = {(uint8_t)refusal->code, 0},
                                 .parts = {span_of(arena_dup(arena, refusal->text))}};
}

bool signer_frame_refused(struct arena *arena, const struct signer_frame *frame, struct err *err)
{
    const char *words = "";

    if (frame->kind != SIGNER_FRAME_REFUSED || frame->small[0] <= ERR_NONE || frame->small[0] >= ERR__MAX)
        return FAIL(err, ERR_INVALID, "no message that was to come on the signer's pipe");
    return text_of(arena, frame->parts[0], &words, err) &&
           FAIL(err, (enum err_code)frame->small[0], "%s", words);
}

bool signer_frame_answer(struct arena *arena, const struct signer_frame *frame, struct signer_answer *out,
                         struct err *err)
{
    struct signer_answer answer = {.sig = "", .version = frame->number};
    const char *first = "", *second = "", *third = "";

    if (frame->kind != SIGNER_FRAME_DONE)
        return signer_frame_refused(arena, frame, err);
    if (!text_of(arena, frame->parts[0], &first, err) || !text_of(arena, frame->parts[1], &second, err) ||
        !text_of(arena, frame->parts[2], &third, err) || !key_public_parse(first, &answer.key, err))
        return false;
    if (answer.version < 0 || (*second && !text_is_hex(second, KEY_SIG_HEX_CHARS)) ||
        (*third && !text_is_hex(third, KEY_ID_CHARS)))
        return FAIL(err, ERR_INVALID, "no answer of a signer");
    memcpy(answer.sig, second, strlen(second) + 1);
    memcpy(answer.digest, third, strlen(third) + 1);
    *out = answer;
    return true;
}
