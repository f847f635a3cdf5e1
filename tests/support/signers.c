#include "support/signers.h"

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "signing/signer_pipe.h"

struct clerk { /* who sits at the other end */
    pthread_t thread;
    struct signer_desk *desk;
    int fd;
};

int open_nowhere(void)
{
    return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_tree(void *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void signing_end(void *what)
{
    struct signing *s = what;

    signer_closep(&s->image);
    signer_closep(&s->director);
    signers_closep(&s->signers);
}

static void *clerk_serves(void *what)
{
    struct clerk *clerk = what;
    struct err err = {0};

    return signer_pipe_serve(clerk->fd, clerk->desk, &err) ? clerk : NULL;
}

static void clerk_end(void *what)
{
    struct clerk *clerk = what;
    void *is_well = NULL;

    pthread_join(clerk->thread, &is_well);
    signer_desk_closep(&clerk->desk);
    close(clerk->fd);
    assert_non_null(is_well);
}

static struct signing *signing_new(struct unit *unit)
{
    struct signing *s = ARENA_NEW(unit->arena, struct signing);
    const char *base = getenv("TMPDIR");
    char *dir = arena_printf(unit->arena, "%s/test_signer.XXXXXX", base ? base : P_tmpdir);

    assert_non_null(mkdtemp(dir));
    arena_defer(unit->arena, remove_tree, dir);
    s->unit = unit;
    s->dir = dir;
    return s;
}

void signing_restart(struct signing *s)
{
    struct unit *unit = s->unit;

    signing_end(s);
    MUST(signers_open(&s->signers, s->dir, &unit->err));
    signer_open(&s->image, s->signers, "T");
    signer_open(&s->director, s->signers, "T/director");
}

static struct signing *signing_places(struct signing *s)
{
    signer_open(&s->image, s->signers, "T");
    signer_open(&s->director, s->signers, "T/director");
    arena_defer(s->unit->arena, signing_end, s); /* first of all, so that a clerk sees it */
    return s;
}

struct signing *signing_here(struct unit *unit)
{
    struct signing *s = signing_new(unit);

    MUST(signers_open(&s->signers, s->dir, &unit->err));
    return signing_places(s);
}

struct signing *signing_behind_a_pipe(struct unit *unit)
{
    struct signing *s = signing_new(unit);
    struct clerk *clerk = ARENA_NEW(unit->arena, struct clerk);
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    clerk->fd = ends[1];
    MUST(signer_desk_open(&clerk->desk, s->dir, NULL, &unit->err));
    assert_int_equal(pthread_create(&clerk->thread, NULL, clerk_serves, clerk), 0);
    arena_defer(unit->arena, clerk_end, clerk);
    signers_connect(&s->signers, ends[0]);
    return signing_places(s);
}

struct key_public signing_key(struct signing *s, const char *place, enum signer_key which)
{
    struct unit *unit = s->unit;
    AUTO(key_freep) struct key *key = NULL;
    const char *folder = arena_printf(unit->arena, "%s/trust/%s", s->dir, place);

    MUST(file_make_dirs(folder, 0700, &unit->err));
    MUST(key_make("test", &key, &unit->err));
    MUST(key_save(key, arena_printf(unit->arena, "%s/%s", folder, signer_file[which]), NULL, &unit->err));
    return *key_public(key);
}
