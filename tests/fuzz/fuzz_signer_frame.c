/* Any bytes on the signer's pipe, from either end. What the signer hears comes from a service that may be somebody else's:
 * each ask is read or refused, what it would sign is judged by the law of both kinds of repository, and a signer that
 * serves such a pipe ends with it. What the service hears is an answer, a refusal, or neither. */
#include "signing/signer_frame.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/signer_law.h"
#include "signing/signer_pipe.h"

#define SERVED_MAX 4096 /* a pipe that holds all of it, and all that is answered */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The next frame; false: no whole one follows. */
static bool frame_next(struct span *rest, struct signer_frame *out)
{
    struct err err;

    if (rest->size < SIGNER_FRAME_HEAD)
        return false;
    if (!signer_frame_head((const uint8_t *)rest->at, out, &err)) {
        must(err.code == ERR_INVALID && !text_blank(err.text));
        return false;
    }
    *rest = span_make(rest->at + SIGNER_FRAME_HEAD, rest->size - SIGNER_FRAME_HEAD);
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++) {
        must(out->parts[i].size <= SIGNER_BYTES_MAX);
        if (out->parts[i].size > rest->size)
            return false;
        out->parts[i].at = rest->at;
        *rest = span_make(rest->at + out->parts[i].size, rest->size - out->parts[i].size);
    }
    return true;
}

static void check_written(const struct signer_frame *frame, const char *was)
{
    uint8_t head[SIGNER_FRAME_HEAD];

    signer_frame_write(frame, head);
    must(memcmp(head, was, sizeof(head)) == 0);
}

/* Nothing is signed of what has no known form, nor a version twice with other bytes. */
static void judge(struct arena *arena, const struct signer_ask *ask)
{
    const struct signer_floor floor = {.version = 7, .digest = ""};
    const struct key_public own_key = {.id = "none"};
    struct signer_facts facts;
    struct err err;

    if (!signer_facts_read(arena, ask->bytes, &facts, &err)) {
        must(err.code != ERR_NONE && !text_blank(err.text));
        return;
    }
    for (int is_director = 0; is_director < 2; is_director++) {
        const struct signer_own own = {.tenant = "T", .is_director = is_director != 0, .online = &own_key};
        enum signer_refusal refusal = signer_law(&facts, ask->key, &own, &floor);

        must(refusal < SIGNER_REFUSAL__MAX);
        must(refusal != SIGNER_FINE || !facts.version || facts.version > floor.version ||
             (facts.kind == SIGNER_KIND_ROOT && facts.version == floor.version));
        must(refusal != SIGNER_FINE || facts.version <= signer_law_most(&own, facts.role, floor.version));
        must(refusal != SIGNER_FINE || !facts.tenant || text_equal(facts.tenant, "T"));
        must(refusal != SIGNER_FINE || !own.is_director || facts.kind == SIGNER_KIND_ROOT || facts.device);
        for (size_t i = 0; facts.kind == SIGNER_KIND_TARGETS && i < facts.targets.target_count; i++)
            must(signer_law_target(&facts.targets.targets[i], NULL) == SIGNER_UNKNOWN_TARGET);
    }
}

static void hear_as_signer(struct arena *arena, const struct signer_frame *frame, const char *head)
{
    struct signer_ask ask;
    struct err err;

    if (!signer_frame_ask(arena, frame, &ask, &err)) {
        must(err.code == ERR_INVALID);
        return;
    }
    must(strlen(ask.place) == frame->parts[0].size && strlen(ask.name) == frame->parts[1].size);
    const struct signer_frame again = signer_frame_of_ask(&ask);

    check_written(&again, head);
    judge(arena, &ask);
}

static void hear_as_service(struct arena *arena, const struct signer_frame *frame)
{
    struct signer_answer answer;
    struct err err;

    if (!signer_frame_answer(arena, frame, &answer, &err)) {
        must(err.code > ERR_NONE && err.code < ERR__MAX);
        return;
    }
    must(frame->kind == SIGNER_FRAME_DONE && answer.version >= 0);
    must(!*answer.sig || strlen(answer.sig) == KEY_SIG_HEX_CHARS);
    must(!signer_frame_refused(arena, frame, &err));
}

/* By a signer that has no keys, and no folder to make any in. */
static void serve(struct span bytes)
{
    AUTO(signer_desk_closep) struct signer_desk *desk = NULL;
    int ends[2];
    struct err err = {0};

    must(signer_desk_open(&desk, "/dev/null", NULL, &err));
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    AUTO(fd_closep) int service = ends[0], signer = ends[1];

    must(file_write_all(service, bytes, &err) && shutdown(service, SHUT_WR) == 0);
    must(signer_pipe_serve(signer, desk, &err) || (err.code != ERR_NONE && !text_blank(err.text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct span rest = span_make(data, size);
    struct signer_frame frame;

    for (const char *head = rest.at; frame_next(&rest, &frame); head = rest.at) {
        check_written(&frame, head);
        hear_as_signer(arena, &frame, head);
        hear_as_service(arena, &frame);
    }
    if (size <= SERVED_MAX)
        serve(span_make(data, size));
    return 0;
}
