#include "signing/signer_pipe.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "signing/signer_frame.h"

#define ANSWER_WITHIN_S 20 /* a signer that says nothing for so long is as good as gone */

/* ---- one message ------------------------------------------------------------------ */

static bool read_all(int fd, void *into, size_t size, bool *is_over, struct err *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = recv(fd, (char *)into + done, size - done, 0);

        if (got < 0 && errno == EINTR)
            continue;
        *is_over = got == 0 && done == 0;
        if (got <= 0)
            return FAIL(err, ERR_IO, "the signer's pipe: %s", got ? strerror(errno) : "closed");
        done += (size_t)got;
    }
    return true;
}

/* *is_over: it was closed between two messages. */
static bool frame_read(int fd, struct arena *arena, struct signer_frame *out, bool *is_over, struct err *err)
{
    uint8_t head[SIGNER_FRAME_HEAD];
    struct signer_frame frame;
    bool ignored;

    *is_over = false;
    if (!read_all(fd, head, sizeof(head), is_over, err) || !signer_frame_head(head, &frame, err))
        return false;
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++) {
        char *part = arena_take(arena, frame.parts[i].size + 1);

        if (!read_all(fd, part, frame.parts[i].size, &ignored, err))
            return false;
        frame.parts[i].at = part;
    }
    *out = frame;
    return true;
}

/* In one piece: each wakes the other side. */
static bool frame_write(int fd, struct arena *arena, const struct signer_frame *frame, struct err *err)
{
    size_t size = SIGNER_FRAME_HEAD;
    char *bytes;

    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++)
        size += frame->parts[i].size;
    bytes = arena_take(arena, size);
    signer_frame_write(frame, (uint8_t *)bytes);
    size = SIGNER_FRAME_HEAD;
    for (size_t i = 0; i < SIGNER_FRAME_PARTS; i++) {
        if (frame->parts[i].size)
            memcpy(bytes + size, frame->parts[i].at, frame->parts[i].size);
        size += frame->parts[i].size;
    }
    for (size_t done = 0; done < size;) {
        ssize_t put = send(fd, bytes + done, size - done, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return FAIL(err, ERR_IO, "the signer's pipe: %s", strerror(errno));
        done += (size_t)put;
    }
    return true;
}

/* ---- the service's end ------------------------------------------------------------ */

struct signer_pipe {
    pthread_mutex_t lock;
    int fd; /* -1 once the signer is gone */
};

void signer_pipe_open(struct signer_pipe **out, int fd)
{
    const struct timeval within = {.tv_sec = ANSWER_WITHIN_S};
    struct signer_pipe *pipe = calloc(1, sizeof(*pipe));

    if (!pipe)
        abort();
    pthread_mutex_init(&pipe->lock, NULL);
    pipe->fd = fd;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof(within));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof(within));
    *out = pipe;
}

void signer_pipe_closep(struct signer_pipe **pipe)
{
    if (!*pipe)
        return;
    fd_closep(&(*pipe)->fd);
    pthread_mutex_destroy(&(*pipe)->lock);
    free(*pipe);
    *pipe = NULL;
}

/* Told once: whoever asks later is refused. Half a message leaves no way to go on, so it ends here, too. */
static void pipe_break(struct signer_pipe *pipe, const struct err *why)
{
    log_say(LOG_ERROR, "signer.gone", "why", why->text, "next",
            "restart nightshiftd: nothing is signed until then", NULL);
    fd_closep(&pipe->fd);
    pipe->fd = -1;
}

/* What the signer wants to see before it answers. */
static struct signer_frame shown(struct arena *arena, const struct signer_frame *want,
                                 const struct signer_source *images)
{
    struct signer_frame file = {.kind = SIGNER_FRAME_FILE};
    const char *name = arena_text(arena, want->parts[0]);
    struct err why = {0};

    if (!images)
        FAIL(&why, ERR_INVALID, "nobody shows the signer the image repository");
    if (!images || !images->fetch(images->ctx, arena, name, want->number, &file.parts[2], &why))
        return signer_frame_of_refusal(arena, &why);
    if (file.parts[2].size <= SIGNER_BYTES_MAX)
        return file;
    FAIL(&why, ERR_TOO_LARGE, "%s is too large", name);
    return signer_frame_of_refusal(arena, &why);
}

/* Under the lock. */
static bool converse(int fd, struct arena *arena, const struct signer_ask *ask,
                     const struct signer_source *images, struct signer_frame *answer, struct err *err)
{
    struct signer_frame frame = signer_frame_of_ask(ask);
    bool is_over;

    while (frame_write(fd, arena, &frame, err) && frame_read(fd, arena, answer, &is_over, err)) {
        if (answer->kind != SIGNER_FRAME_WANT)
            return true;
        frame = shown(arena, answer, images);
    }
    return false;
}

bool signer_pipe_ask(struct signer_pipe *pipe, struct arena *arena, const struct signer_ask *ask,
                     const struct signer_source *images, struct signer_answer *out, struct err *err)
{
    struct signer_frame answer = {.kind = SIGNER_FRAME__MAX};
    struct err why = {0};
    bool is_there;

    if (ask->bytes.size > SIGNER_BYTES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "nothing of more than %d bytes is signed", SIGNER_BYTES_MAX);
    pthread_mutex_lock(&pipe->lock);
    if (pipe->fd >= 0 && !converse(pipe->fd, arena, ask, images, &answer, &why))
        pipe_break(pipe, &why);
    is_there = pipe->fd >= 0;
    pthread_mutex_unlock(&pipe->lock);
    if (!is_there)
        return FAIL(err, ERR_BUSY, "the signer is gone; nothing is signed until nightshiftd is restarted");
    return signer_frame_answer(arena, &answer, out, err);
}

bool signer_pipe_is_gone(struct signer_pipe *pipe)
{
    bool is_gone;

    pthread_mutex_lock(&pipe->lock);
    is_gone = pipe->fd < 0;
    pthread_mutex_unlock(&pipe->lock);
    return is_gone;
}

/* ---- the signer's end -------------------------------------------------------------- */

/* A file that is asked for over the way back. */
static bool want(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                 struct err *err)
{
    const struct signer_frame frame = {.kind = SIGNER_FRAME_WANT, .number = max, .parts = {span_of(name)}};
    const int *fd = ctx;
    struct signer_frame file;
    bool is_over;

    if (!frame_write(*fd, arena, &frame, err) || !frame_read(*fd, arena, &file, &is_over, err))
        return false;
    if (file.kind != SIGNER_FRAME_FILE)
        return signer_frame_refused(arena, &file, err);
    *out = file.parts[2];
    return true;
}

static bool serve_one(int fd, struct signer_desk *desk, struct arena *arena, const struct signer_frame *frame,
                      struct err *err)
{
    const struct signer_source images = {.ctx = &fd, .fetch = want};
    struct signer_frame answer;
    struct signer_answer done;
    struct signer_ask ask;
    struct err refusal = {0};

    if (!signer_frame_ask(arena, frame, &ask, err))
        return false;
    answer = signer_desk_serve(desk, arena, &ask, &images, &done, &refusal)
                 ? signer_frame_of_answer(arena, &done)
                 : signer_frame_of_refusal(arena, &refusal);
    return frame_write(fd, arena, &answer, err);
}

bool signer_pipe_serve(int fd, struct signer_desk *desk, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct signer_frame frame;
    bool is_over = false;

    while (frame_read(fd, arena, &frame, &is_over, err)) {
        if (!serve_one(fd, desk, arena, &frame, err))
            return false;
        arena_reset(arena);
    }
    return is_over;
}
