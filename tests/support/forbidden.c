#include "support/forbidden.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what is asked for: 0, or what errno says ---------------------------------------------------------- */

static int said(long answer)
{
    return answer >= 0 ? 0 : errno;
}

static int open_passwd(const struct place *place)
{
    (void)place;
    return said(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int read_environment(const struct place *place)
{
    (void)place;
    return said(open("/proc/self/environ", O_RDONLY | O_CLOEXEC));
}

static int write_outside(const struct place *place)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/left-behind", place->other);
    return said(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int make_link(const struct place *place)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/link", place->own);
    return said(symlink("/etc/passwd", path));
}

static int connect_out(const struct place *place)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd < 0 ? errno : said(connect(fd, (const void *)&place->listener, sizeof(place->listener)));
}

static int connect_inherited(const struct place *place)
{
    return said(connect(place->to_connect, (const void *)&place->listener, sizeof(place->listener)));
}

static int listen_too(const struct place *place)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    return said(bind(place->to_bind, (void *)&address, sizeof(address)));
}

static int hear_packets(const struct place *place)
{
    (void)place;
    return said(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int talk_abstract(const struct place *place)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return fd < 0 ? errno : said(connect(fd, (const void *)&place->abstract, place->abstract_size));
}

static int run_program(const struct place *place)
{
    char *argv[] = {"/bin/true", NULL};

    (void)place;
    execv(argv[0], argv);
    return errno;
}

static int make_process(const struct place *place)
{
    pid_t pid = fork();

    (void)place;
    if (pid == 0)
        _exit(0);
    return said(pid);
}

static int debug_parent(const struct place *place)
{
    (void)place;
    return said(ptrace(PTRACE_SEIZE, getppid(), 0, 0));
}

static int signal_parent(const struct place *place)
{
    (void)place;
    return said(kill(getppid(), 0));
}

static int load_module(const struct place *place)
{
    (void)place;
    return said(syscall(SYS_init_module, "", 0, ""));
}

static int change_user(const struct place *place)
{
    (void)place;
    return said(setuid(getuid()));
}

static int new_root(const struct place *place)
{
    return said(chroot(place->own));
}

static int mount_something(const struct place *place)
{
    return said(syscall(SYS_mount, "none", place->own, "tmpfs", 0, NULL));
}

static int new_namespace(const struct place *place)
{
    (void)place;
    return said(unshare(CLONE_NEWUTS));
}

static int watch_kernel(const struct place *place)
{
    (void)place;
    return said(syscall(SYS_bpf, 0, NULL, 0));
}

static int ring_kernel(const struct place *place)
{
    char room[256] = "";

    (void)place;
    return said(syscall(SYS_io_uring_setup, 1, room));
}

static int memory_to_run(const struct place *place)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)place;
    return at == MAP_FAILED ? errno : 0;
}

static int core_file(const struct place *place)
{
    struct rlimit core;

    (void)place;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || prctl(PR_GET_DUMPABLE) == 0)
        return EPERM;
    return core.rlim_cur > 0 ? 0 : EPERM;
}

static int raise_core(const struct place *place)
{
    (void)place;
    return said(setrlimit(RLIMIT_CORE, &(struct rlimit){4096, 4096}));
}

/* ---- and what it needs ------------------------------------------------------------------------------------- */

static int read_given(const struct place *place)
{
    char byte;

    return said(pread(place->data, &byte, 1, 0)) ?: said(write(STDERR_FILENO, "", 0));
}

static int use_memory(const struct place *place)
{
    size_t size = 8 << 20;
    char *room = malloc(size);

    (void)place;
    if (!room)
        return ENOMEM;
    memset(room, 1, size);
    free(room);
    return 0;
}

static int write_inside(const struct place *place)
{
    char path[512], to[512];
    int fd;

    snprintf(path, sizeof(path), "%s/new", place->own);
    snprintf(to, sizeof(to), "%s/kept", place->own);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd < 0 ? errno : said(write(fd, "x", 1)) ?: said(fsync(fd)) ?: said(rename(path, to));
}

static void *rest(void *ctx)
{
    return ctx;
}

static int start_thread(const struct place *place)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, rest, NULL);

    (void)place;
    return code ? code : pthread_join(thread, NULL);
}

static int say_syslog(const struct place *place)
{
    (void)place;
    return said(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int abort_itself(const struct place *place)
{
    (void)place;
    return said(raise(SIGURG));
}

/* ---- the table ----------------------------------------------------------------------------------------------- */

#define ALL                                                                                                  \
    {                                                                                                        \
        true, true, true                                                                                     \
    }
#define NONE                                                                                                 \
    {                                                                                                        \
        false, false, false                                                                                  \
    }

/* clang-format off */
const struct attempt attempts[] = {
    {"read /etc/passwd",          open_passwd,       PATHS | UNSANITIZED,  NONE},
    {"read /proc/self/environ",   read_environment,  PATHS | UNSANITIZED,  NONE},
    {"write outside its folder",  write_outside,     PATHS,                NONE},
    {"make a symbolic link",      make_link,         PATHS,                NONE},
    {"connect out",               connect_out,       CALLS | PORTS,        NONE},
    {"connect an old socket",     connect_inherited, PORTS,                NONE},
    {"listen on another port",    listen_too,        CALLS | PORTS,        NONE},
    {"AF_PACKET socket",          hear_packets,      CALLS,                NONE},
    {"abstract socket of another",talk_abstract,     SCOPES,               NONE},
    {"execve",                    run_program,       CALLS | PATHS,        NONE},
    {"fork",                      make_process,      CALLS,                NONE},
    {"ptrace its parent",         debug_parent,      CALLS | PATHS,        NONE},
    {"signal its parent",         signal_parent,     CALLS | SCOPES,       NONE},
    {"load a kernel module",      load_module,       CALLS,                NONE},
    {"setuid",                    change_user,       CALLS,                NONE},
    {"chroot",                    new_root,          CALLS,                NONE},
    {"mount",                     mount_something,   CALLS | PATHS,        NONE},
    {"new namespace",             new_namespace,     CALLS,                NONE},
    {"bpf",                       watch_kernel,      CALLS,                NONE},
    {"io_uring",                  ring_kernel,       CALLS,                NONE},
    {"memory to run",             memory_to_run,     CALLS,                NONE},
    {"leave a core file",         core_file,         ALWAYS | UNSANITIZED, NONE},
    {"raise a limit",             raise_core,        CALLS,                NONE},
    {"read what it was given",    read_given,        ALWAYS,               ALL},
    {"use 8 MiB",                 use_memory,        ALWAYS,               ALL},
    {"signal itself",             abort_itself,      ALWAYS,               ALL},
    {"write in its folder",       write_inside,      PATHS,                {true, true, false}},
    {"start a thread",            start_thread,      CALLS,                {true, false, false}},
    {"a socket for syslog",       say_syslog,        CALLS,                {true, false, false}},
};
/* clang-format on */
const size_t attempt_count = COUNT(attempts);

void place_make(struct unit *unit, struct place *place)
{
    const char *base = getenv("TMPDIR");
    socklen_t size = sizeof(place->listener);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int abstract = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    place->own = arena_printf(unit->arena, "%s/confine.XXXXXX", base ? base : P_tmpdir);
    place->other = arena_printf(unit->arena, "%s/confine.XXXXXX", base ? base : P_tmpdir);
    assert_non_null(mkdtemp((char *)(uintptr_t)place->own));
    assert_non_null(mkdtemp((char *)(uintptr_t)place->other));
    place->listener = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(listener, (void *)&place->listener, sizeof(place->listener)), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, (void *)&place->listener, &size), 0);
    place->abstract = (struct sockaddr_un){.sun_family = AF_UNIX};
    place->abstract_size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                    snprintf(place->abstract.sun_path + 1, 64, "confine-%d", (int)getpid()));
    assert_int_equal(bind(abstract, (void *)&place->abstract, place->abstract_size), 0);
    place->to_connect = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place->to_bind = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place->data = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(place->data >= 0 && place->to_connect >= 0 && place->to_bind >= 0);
}

void place_drop(const struct place *place)
{
    static const char *const left[] = {"kept", "new", "link", "left-behind"};
    char path[512];

    for (size_t i = 0; i < 2 * COUNT(left); i++) {
        snprintf(path, sizeof(path), "%s/%s", i % 2 ? place->own : place->other, left[i / 2]);
        unlink(path);
    }
    rmdir(place->own);
    rmdir(place->other);
}
