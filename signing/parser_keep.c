/* The keeper and the parsers it forks. A parser walks the archive as the service itself would (package_tar.h), and tells
 * what it meets. */
#include "signing/parser_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "signing/package_tar.h"
#include "signing/parser_frame.h"

#define MEMORY_BYTES (256LL << 20) /* all that is mapped; a look at the largest package takes 16 MiB */
#define SECONDS_LEAST 5
#define BYTES_A_SECOND (20LL << 20) /* the slowest machine unpacks faster */
#define PATIENCE_LEAST_S 30
#define PATIENCE_TIMES 4 /* so many others may have the processor meanwhile */

/* ---- a parser ---------------------------------------------------------------------------------------------- */

int64_t parser_seconds(int64_t file_size, const struct package_limits *limits)
{
    int64_t most = limits->bytes_max;

    if (file_size < most / limits->ratio_max)
        most = file_size * limits->ratio_max;
    return SECONDS_LEAST + most / BYTES_A_SECOND;
}

int64_t parser_patience_ms(int64_t file_size, const struct package_limits *limits)
{
    return 1000 * (PATIENCE_LEAST_S + PATIENCE_TIMES * parser_seconds(file_size, limits));
}

static bool limit_self(int fd, const struct package_limits *limits)
{
    struct stat info;
    int64_t size = fstat(fd, &info) == 0 ? info.st_size : INT64_MAX;
    const struct rlimit none = {0, 0};
    const struct rlimit seconds = {(rlim_t)parser_seconds(size, limits),
                                   (rlim_t)parser_seconds(size, limits)};
    const struct rlimit memory = {MEMORY_BYTES, MEMORY_BYTES};

    return setrlimit(RLIMIT_CPU, &seconds) == 0 && setrlimit(RLIMIT_FSIZE, &none) == 0 &&
           (confine_is_sanitized() || setrlimit(RLIMIT_AS, &memory) == 0);
}

static bool tell_bytes(struct package_tar *tar, int answer, struct err *err, bool *is_heard)
{
    enum package_step step = STEP_MORE;
    struct span piece;

    while (*is_heard && (step = package_tar_bytes(tar, &piece, err)) == STEP_MORE) {
        while (*is_heard && piece.size > 0) {
            struct span part = {piece.at, piece.size < PARSER_BYTES_MAX ? piece.size : PARSER_BYTES_MAX};

            *is_heard = parser_frame_send(answer, PARSER_BYTES, 0, part);
            piece = span_make(piece.at + part.size, piece.size - part.size);
        }
    }
    *is_heard = *is_heard && (step != STEP_END || parser_frame_send(answer, PARSER_LAST, 0, span_of("")));
    return step != STEP_FAILED;
}

/* False: refused. Nobody who listens is no refusal: who asked has seen enough. */
static bool tell_all(int fd, int answer, const struct package_limits *limits, struct err *err)
{
    AUTO(package_source_closep) struct package_source *source = NULL;
    AUTO(package_tar_closep) struct package_tar *tar = NULL;
    enum package_step step = STEP_MORE;
    struct package_entry entry;
    bool is_heard = true;

    if (!package_source_open(fd, limits, &source, err))
        return false;
    tar = package_tar_open(source, limits);
    while (is_heard && (step = package_tar_entry(tar, &entry, err)) == STEP_MORE) {
        is_heard = parser_frame_send(answer, PARSER_ENTRY, entry.size, span_of(entry.name));
        if (!tell_bytes(tar, answer, err, &is_heard))
            return false;
    }
    if (is_heard && step == STEP_END)
        (void)parser_frame_send(answer, PARSER_END, 0, span_of(""));
    return step != STEP_FAILED;
}

/* What an archive may make of a parser, for tests to choose from. */
static void misbehave(int answer)
{
    if (FAULT("parser.crash"))
        abort();
    while (FAULT("parser.hang"))
        for (volatile bool is_hanging = true; is_hanging;)
            ;
    if (FAULT("parser.lie"))
        (void)parser_frame_send(answer, PARSER_ENTRY, 1, span_of("../../etc/passwd"));
}

static void parse(const struct parser_ask *ask, int fd, int answer, const struct confine *confine)
{
    struct err err = {0};

    if (!limit_self(fd, &ask->limits)) {
        (void)FAIL(&err, ERR_BUSY, "the parser cannot bound itself: %s", strerror(errno));
    } else if (confine_calls(confine, &err)) {
        misbehave(answer);
        (void)tell_all(fd, answer, &ask->limits, &err);
    }
    if (err.code != ERR_NONE)
        (void)parser_frame_send(answer, PARSER_FAILED, err.code, span_of(err.text));
    _exit(0);
}

/* ---- the keeper -------------------------------------------------------------------------------------------- */

/* fds: the archive, the socket. 0: nobody asks any more; -1: try again. */
static ssize_t hear(int asks, struct parser_ask *ask, int fds[2])
{
    union {
        char room[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr head;
    } beside = {{0}};
    struct iovec piece = {ask, sizeof(*ask)};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = beside.room,
                             .msg_controllen = sizeof(beside.room)};
    ssize_t got = recvmsg(asks, &message, MSG_CMSG_CLOEXEC);

    if (got == 0 || (got < 0 && errno != EINTR && errno != ENOMEM))
        return 0;
    if (got != (ssize_t)sizeof(*ask) || message.msg_controllen == 0 ||
        beside.head.cmsg_len != CMSG_LEN(2 * sizeof(int)))
        return -1;
    memcpy(fds, CMSG_DATA(&beside.head), 2 * sizeof(int));
    return got;
}

void parser_keep(int asks, const struct confine *confine)
{
    struct parser_ask ask;
    ssize_t got;
    pid_t pid;

    for (;;) {
        AUTO(fd_closep) int fd = -1, answer = -1;
        int fds[2];

        got = hear(asks, &ask, fds);
        if (got == 0)
            return;
        if (got < 0)
            continue;
        fd = fds[0];
        answer = fds[1];
        pid = fork();
        if (pid == 0) {
            close(asks);
            parse(&ask, fd, answer, confine);
        }
        if (pid < 0)
            (void)parser_frame_send(
                answer, PARSER_FAILED, ERR_BUSY,
                span_of("no process can be made to take the archive apart; try again later"));
    }
}
