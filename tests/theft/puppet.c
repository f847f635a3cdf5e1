/* What somebody does who holds the service's process and not its signer: puppet PID IMAGES PLACE <BODY >ENVELOPE. The
 * process is halted, its end of the signer's pipe is taken out of it, and the signer is asked to sign the body, in
 * canonical form, with the online key of PLACE; what it wants to see of the image repository comes from the folder IMAGES.
 * A refusal is on stderr, exit 1; exit 77: the files of that process may not be taken here. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "signing/signer.h"

#define BODY_MAX (1024 * 1024)
#define QUIET_MS 200 /* no answer on its way: nobody's conversation is broken into */
#define TRIES 50
#define MAY_NOT 77

/* ---- the pipe ------------------------------------------------------------------------------------------- */

static bool is_unnamed(int fd)
{
    struct sockaddr_un here, there;
    socklen_t here_size = sizeof(here), there_size = sizeof(there);

    return getsockname(fd, (struct sockaddr *)&here, &here_size) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_size) == 0 && here.sun_family == AF_UNIX &&
           here_size == sizeof(sa_family_t) && there_size == sizeof(sa_family_t);
}

/* The one stream between two processes that the service has. */
static bool is_the_pipe(int fd)
{
    socklen_t size = sizeof(int);
    int type = 0;

    return is_unnamed(fd) && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static bool pipe_take(struct arena *arena, pid_t service, int *out, struct err *err)
{
    AUTO(fd_closep) int process = (int)syscall(SYS_pidfd_open, service, 0);
    DIR *dir = opendir(arena_printf(arena, "/proc/%d/fd", service));
    int found = -1;

    for (struct dirent *entry; found < 0 && dir && (entry = readdir(dir));) {
        int64_t theirs = -1; /* "." and ".." stay so */
        struct err ignored;
        bool is_number = text_int(entry->d_name, "descriptor", 0, INT_MAX, &theirs, &ignored);
        AUTO(fd_closep) int fd = (int)syscall(SYS_pidfd_getfd, process, (int)theirs, 0);

        if (is_number && fd >= 0 && is_the_pipe(fd)) {
            found = fd;
            fd = -1;
        }
    }
    if (dir)
        closedir(dir);
    *out = found;
    return found >= 0 ||
           FAIL(err, ERR_FORBIDDEN, "the files of process %d may not be taken: %s", service, strerror(errno));
}

/* Halted where it asks nothing of the signer itself. */
static bool halt(pid_t service, int fd, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};

        if (kill(service, SIGSTOP) != 0)
            return FAIL_ERRNO(err, "halting the service");
        if (poll(&ready, 1, QUIET_MS) == 0)
            return true;
        kill(service, SIGCONT);
    }
    return FAIL(err, ERR_BUSY, "the service and its signer do not stop talking");
}

/* ---- what is asked -------------------------------------------------------------------------------------- */

struct images {
    const char *dir;
};

static bool show(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                 struct err *err)
{
    const struct images *images = ctx;

    return file_read(arena, arena_printf(arena, "%s/%s", images->dir, name), (size_t)max, out, err);
}

static bool sign(struct arena *arena, int fd, char **argv, struct span body, struct span *out,
                 struct err *err)
{
    AUTO(signers_closep) struct signers *signers = NULL;
    AUTO(signer_closep) struct signer *signer = NULL;
    struct images images = {argv[2]};
    const struct signer_source source = {&images, show};
    struct tuf_signature signature;

    signers_connect(&signers, fd);
    signer_open(&signer, signers, argv[3]);
    return signer_direct(signer, SIGNER_ONLINE, body, &source, &signature, err) &&
           tuf_envelope_write(arena, body, &signature, 1, out, err);
}

static bool body_read(struct arena *arena, struct span *out, struct err *err)
{
    char *bytes = arena_take(arena, BODY_MAX);

    return canonical_text(arena, span_make(bytes, fread(bytes, 1, BODY_MAX, stdin)), out, err);
}

int main(int argc, char **argv)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct span body = {NULL, 0}, envelope = {NULL, 0};
    struct err err = {0};
    int64_t service = 0;
    bool is_signed;
    int fd = -1;

    if (argc != 4 || !text_int(argv[1], "process", 2, INT_MAX, &service, &err) ||
        !body_read(arena, &body, &err) || !pipe_take(arena, (pid_t)service, &fd, &err)) {
        fprintf(stderr, "puppet: %s\n", err.text);
        return err.code == ERR_FORBIDDEN ? MAY_NOT : 2;
    }
    is_signed = halt((pid_t)service, fd, &err) && sign(arena, fd, argv, body, &envelope, &err);
    kill((pid_t)service, SIGCONT);
    if (!is_signed) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return fwrite(envelope.at, 1, envelope.size, stdout) == envelope.size ? 0 : 2;
}
