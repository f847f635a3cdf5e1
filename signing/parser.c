#include "signing/parser_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

struct parser {
    pid_t pid;
    int asks;
};

/* What the service has open is not the keeper's, least of all the way to the keys. */
static bool keep_only(int *fd, struct err *err)
{
    if (*fd != STDERR_FILENO + 1 && dup3(*fd, STDERR_FILENO + 1, O_CLOEXEC) < 0)
        return FAIL_ERRNO(err, "the parser's socket");
    *fd = STDERR_FILENO + 1;
    return close_range(STDERR_FILENO + 2, ~0U, 0) == 0 ||
           FAIL_ERRNO(err, "closing what the service has open");
}

/* In the keeper. Landlock is inherited by what it forks; the filter of calls is each parser's own. */
static void keeper_run(int asks, enum confine_wish wish, pid_t service)
{
    struct confine confine = {.profile = CONFINE_PARSER, .wish = wish, .is_often = true};
    struct err err = {0};

    prctl(PR_SET_NAME, "nightshift-open");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGSEGV, SIG_DFL); /* a fault here is the end, whatever who started this does about its own */
    signal(SIGCHLD, SIG_IGN); /* nobody waits for a parser: its socket says when it is over */
    if (getppid() != service)
        _exit(1);
    if (!keep_only(&asks, &err) || !confine_begin(&confine, &err) || !confine_prepare(&confine, &err)) {
        log_say(LOG_ERROR, "parser.failed", "why", err.text, NULL);
        _exit(1);
    }
    parser_keep(asks, &confine);
    _exit(0);
}

bool parser_start(enum confine_wish wish, struct parser **out, struct err *err)
{
    struct parser *parser = calloc(1, sizeof(*parser));
    pid_t service = getpid();
    int ends[2];

    if (!parser || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        free(parser);
        return FAIL_ERRNO(err, "starting the parser");
    }
    parser->pid = fork();
    if (parser->pid == 0) {
        close(ends[0]);
        keeper_run(ends[1], wish, service);
    }
    close(ends[1]);
    parser->asks = ends[0];
    if (parser->pid < 0) {
        close(ends[0]);
        free(parser);
        return FAIL_ERRNO(err, "starting the parser");
    }
    *out = parser;
    return true;
}

void parser_endp(struct parser **parser)
{
    if (!*parser)
        return;
    close((*parser)->asks);
    while (waitpid((*parser)->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(*parser);
    *parser = NULL;
}

static bool say_gone(struct err *err, const char *how)
{
    return FAIL(err, ERR_BUSY,
                "the process that takes archives apart is gone (%s); the service needs a restart", how);
}

/* It reads what is asked and never writes there: whatever can be told of that socket is its end. */
bool parser_is_there(const struct parser *parser, struct err *err)
{
    struct pollfd asks = {.fd = parser->asks};

    return poll(&asks, 1, 0) == 0 || say_gone(err, "it ended");
}

bool parser_ask(struct parser *parser, int fd, const struct package_limits *limits, int *out, struct err *err)
{
    union { /* aligned as the kernel wants it */
        char room[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr head;
    } beside = {{0}};
    struct parser_ask ask = {.limits = *limits};
    struct iovec piece = {&ask, sizeof(ask)};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = beside.room,
                             .msg_controllen = sizeof(beside.room)};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return FAIL_ERRNO(err, "asking the parser");
    AUTO(fd_closep) int mine = ends[0], theirs = ends[1];
    const int given[2] = {fd, theirs};

    beside.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(given)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&beside.head), given, sizeof(given));
    if (sendmsg(parser->asks, &message, MSG_NOSIGNAL) != (ssize_t)sizeof(ask))
        return say_gone(err, strerror(errno));
    *out = mine;
    mine = -1;
    return true;
}
