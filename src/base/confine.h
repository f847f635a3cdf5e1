/* What a process of ours may still do once it is open: files by Landlock, system calls by seccomp, and no way to win
 * rights back. It knows which calls a profile needs; it refuses to know what they are needed for.
 *
 * Two moments, because the kernel has two: Landlock and the user hold for threads that start later, seccomp reaches
 * those that run already.
 *
 *     confine_user()   before anything is opened: not root any more
 *     confine_begin()  before the first thread: no new privileges, no core dumps, memory nobody reads, Landlock
 *     confine_calls()  after the last thread that starts at once: seccomp, for all of them
 *
 * Forks of ours (signer, parser) call both in a row, with their own profile. A sanitized build takes no seccomp and may
 * read every file: its runtime needs both. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum confine_profile {
    CONFINE_SERVICE, /* threads, files below its paths, accepted sockets, UNIX datagrams; no fork */
    CONFINE_SIGNER,  /* answers on sockets it has, files below its paths; no new socket, no thread, no fork */
    CONFINE_PARSER,  /* reads and writes what it was given; opens nothing */
    CONFINE__MAX
};
extern const char *const confine_profile_name[CONFINE__MAX];

enum confine_wish {
    CONFINE_OFF,     /* nothing is done and nothing said */
    CONFINE_ON,      /* what the kernel has is used, what it lacks is logged */
    CONFINE_REQUIRE, /* what the kernel lacks is a refusal */
};
/* "off", "on" or "require". */
bool confine_wish_read(const char *text, enum confine_wish *out, struct err *err) CHECKED;

struct confine_filter;

struct confine_path {
    const char *path; /* a folder with all below it, or a file; one that is not there is passed over */
    bool may_write;
};

struct confine {
    enum confine_profile profile;
    enum confine_wish wish;
    const struct confine_path *paths; /* beside these no file is opened */
    size_t path_count;
    const int64_t *ports; /* TCP ports it may still bind; 0: any free one, negative: passed over */
    size_t port_count;
    const struct confine_filter *filter; /* by confine_prepare(), or NULL */
    bool is_often; /* many short lives: what holds for them is said once, by who starts them */
};

/* From root to that user and none of root's rights, except to listen on a port below 1024 when one is asked for. Empty:
 * stay who we are. */
bool confine_user(const char *user, const int64_t *ports, size_t port_count, struct err *err) CHECKED;
/* Who stays root keeps of its rights what opens files of others, and ports as above. For who is not root: nothing. */
bool confine_root(const int64_t *ports, size_t port_count, struct err *err) CHECKED;
/* Irrevocable for this thread and what it starts. A refusal leaves some of it in place: the caller ends. */
bool confine_begin(const struct confine *confine, struct err *err) CHECKED;
/* The same for every thread of the process. Logs what the process has in the end. */
bool confine_calls(const struct confine *confine, struct err *err) CHECKED;

/* For who forks often: builds the filter of confine_calls() once, to be inherited. It is never freed, and its processes
 * cannot signal themselves. */
bool confine_prepare(struct confine *confine, struct err *err) CHECKED;

/* The kernel's Landlock ABI, 0: none. */
int confine_landlock_abi(void);
/* Whether this build and kernel take a filter of calls. */
bool confine_has_calls(void);
/* AddressSanitizer and ThreadSanitizer need more memory, files and calls than any limit leaves. */
bool confine_is_sanitized(void);
