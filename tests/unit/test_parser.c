/* A parser says of an archive what this process would; what breaks it is a refusal, of that archive and no other. */
#include "signing/parser.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "signing/package.h"
#include "signing/package_far.h"
#include "signing/parser_frame.h"
#include "signing/parser_parts.h"
#include "signing/snapshot.h"
#include "support/tarball.h"
#include "support/unit.h"

enum { ONE_CRASHES = 1, ONE_HANGS = 2, ONE_LIES = 3 }; /* the faults a parser meets, in order */

static struct parser *start(struct unit *unit, int fault)
{
    struct parser *parser = NULL;

    log_start(LOG_ERROR, STDERR_FILENO);
#ifdef FAULTS
    fault_arm(fault);
#else
    (void)fault;
#endif
    MUST(parser_start(CONFINE_ON, &parser, &unit->err));
#ifdef FAULTS
    fault_arm(0);
#endif
    return parser;
}

struct told {
    struct buf text;
};

static bool on_begin(void *ctx, const struct manifest_component *component, struct err *err)
{
    (void)err;
    buf_printf(&((struct told *)ctx)->text, "begin %s ", component->name);
    return true;
}

static bool on_bytes(void *ctx, struct span bytes, struct err *err)
{
    (void)err;
    buf_add(&((struct told *)ctx)->text, bytes);
    return true;
}

/* All that is heard of a file as a package, and as a snapshot: events, then words and code of the refusal. */
static const char *heard(struct unit *unit, struct parser *parser, int fd)
{
    struct told told = {.text = {.arena = unit->arena}};
    struct package_events events = {.ctx = &told, .begin = on_begin, .bytes = on_bytes};
    struct manifest manifest;
    struct snapshot snapshot;
    struct err err = {0};
    bool is_ours = false;

    if (!package_is_ours_apart(parser, fd, &is_ours, &err))
        buf_printf(&told.text, "| nobody knows: %s ", err.text);
    buf_printf(&told.text, "| ours: %d ", is_ours);
    if (!package_read_apart(parser, unit->arena, fd, &package_limits_default, &events, &manifest, &err))
        buf_printf(&told.text, "| %s: %s ", err_word(err.code), err.text);
    if (snapshot_read_apart(parser, unit->arena, fd, &snapshot, &err))
        buf_printf(&told.text, "| snapshot %s", snapshot.digest);
    else
        buf_printf(&told.text, "| %s: %s", err_word(err.code), err.text);
    return buf_cstr(&told.text);
}

static int compare_folder(struct unit *unit, struct parser *parser, const char *noun)
{
    const char *source = getenv("SOURCE_DIR");
    const char *path = arena_printf(unit->arena, "%s/tests/fuzz/corpus/%s", source ? source : ".", noun);
    DIR *dir = opendir(path);
    int count = 0;

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        AUTO(fd_closep) int fd = -1;

        if (entry->d_name[0] == '.')
            continue;
        fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_string_equal(heard(unit, parser, fd), heard(unit, NULL, fd));
        count++;
    }
    closedir(dir);
    return count;
}

UNIT(a_parser_says_of_every_archive_we_have_what_this_process_says)
{
    AUTO(parser_endp) struct parser *parser = start(unit, 0);
    const struct span made[] = {tarball_good(unit->arena),
                                tarball_pack(unit->arena, TARBALL_ZSTD, tarball_good(unit->arena), 0),
                                tarball_pack(unit->arena, TARBALL_GZIP, tarball_good(unit->arena), 2000000),
                                span_of("no archive at all"), span_of("")};

    for (size_t i = 0; i < COUNT(made); i++) {
        AUTO(fd_closep) int fd = tarball_fd(made[i]);

        assert_string_equal(heard(unit, parser, fd), heard(unit, NULL, fd));
    }
    printf("%d packages, %d snapshots, %d manifests heard alike\n", compare_folder(unit, parser, "package"),
           compare_folder(unit, parser, "snapshot"), compare_folder(unit, parser, "manifest"));
}

static void is_refused(struct unit *unit, int fault, const char *words)
{
    AUTO(parser_endp) struct parser *parser = start(unit, fault);
    AUTO(fd_closep) int fd = tarball_fd(tarball_good(unit->arena));
    struct manifest manifest;
    bool is_ours = true;

    REFUSES(ERR_INVALID,
            package_peek_apart(parser, unit->arena, fd, &package_limits_default, &manifest, &unit->err));
    SAYS(words);
    printf("%s\n", unit->err.text);
    if (fault == ONE_HANGS)
        return; /* once is long enough */
    REFUSES(ERR_INVALID, package_is_ours_apart(parser, fd, &is_ours, &unit->err));
    assert_true(is_ours);
}

static void need_faults(void)
{
#ifndef FAULTS
    printf("skipped: this build has no fault points\n");
    skip();
#endif
}

UNIT(threat_17_an_archive_that_crashes_its_parser_is_refused)
{
    need_faults();
    is_refused(unit, ONE_CRASHES, "broke the process");
}

UNIT(threat_17_an_archive_that_hangs_its_parser_is_refused)
{
    need_faults();
    is_refused(unit, ONE_HANGS, "broke the process");
}

UNIT(threat_17_a_parser_that_was_taken_over_cannot_name_what_it_likes)
{
    need_faults();
    is_refused(unit, ONE_LIES, "say what it must not");
}

/* ---- one that was taken over and wastes time ------------------------------------------------ */

enum { PATIENCE_MS = 1000, DRIP_MS = 5 };

struct dripper {
    pthread_t thread;
    int fd;
    bool within_a_frame;
};

static void rest(void)
{
    nanosleep(&(struct timespec){0, DRIP_MS * 1000000L}, NULL);
}

/* Never quiet for long, and never done, until nobody hears it any more. */
static void *drip(void *at)
{
    const struct dripper *d = at;
    const struct parser_frame head = {.kind = PARSER_BYTES, .size = PARSER_BYTES_MAX};
    bool is_heard = parser_frame_send(d->fd, PARSER_ENTRY, 1 << 20, span_of("system.img"));

    if (d->within_a_frame)
        is_heard = is_heard && send(d->fd, &head, sizeof(head), MSG_NOSIGNAL) == sizeof(head);
    while (is_heard) {
        rest();
        is_heard = d->within_a_frame ? send(d->fd, "x", 1, MSG_NOSIGNAL) == 1
                                     : parser_frame_send(d->fd, PARSER_BYTES, 0, span_of("x"));
    }
    close(d->fd);
    return NULL;
}

/* How long it is listened to. */
static int64_t hears_out(struct unit *unit, bool within_a_frame)
{
    struct dripper dripper = {.within_a_frame = within_a_frame};
    int64_t from_ms = clock_monotonic_ms(), ms;
    struct package_far *far;
    struct package_entry entry;
    enum package_step step;
    struct span piece;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    dripper.fd = ends[1];
    assert_int_equal(pthread_create(&dripper.thread, NULL, drip, &dripper), 0);
    far = package_far_hear(ends[0], 1 << 20, &package_limits_default, PATIENCE_MS);
    assert_int_equal(package_far_entry(far, &entry, &unit->err), STEP_MORE);
    while ((step = package_far_bytes(far, &piece, &unit->err)) == STEP_MORE)
        assert_int_equal(piece.size, 1);
    ms = clock_monotonic_ms() - from_ms;
    assert_int_equal(step, STEP_FAILED);
    assert_int_equal(unit->err.code, ERR_INVALID);
    SAYS("kept the service waiting for 1 s in all");
    assert_true(package_far_is_broken(far));
    assert_int_equal(package_far_bytes(far, &piece, &unit->err), STEP_FAILED); /* and not once more */
    package_far_closep(&far);
    pthread_join(dripper.thread, NULL);
    return ms;
}

UNIT(a_parser_that_drips_is_not_waited_for_without_end)
{
    assert_true(hears_out(unit, false) < 20 * PATIENCE_MS);
    assert_true(hears_out(unit, true) < 20 * PATIENCE_MS);
}

UNIT(how_long_is_waited_in_all_depends_on_what_there_is_to_take_apart)
{
    const struct package_limits *limits = &package_limits_default;

    assert_int_equal(parser_patience_ms(0, limits), 50000);
    assert_int_equal(parser_patience_ms(10 << 20, limits),
                     50000 + 4 * 100 * 1000); /* unpacked 200 times that */
    assert_true(parser_patience_ms(INT64_MAX, limits) < 15 * 60 * 1000);
    assert_true(parser_patience_ms(INT64_MAX, limits) > 1000 * parser_seconds(INT64_MAX, limits));
}

UNIT(a_keeper_that_is_gone_is_no_verdict_on_the_archive)
{
    AUTO(parser_endp) struct parser *parser = start(unit, 0);
    AUTO(fd_closep) int fd = tarball_fd(tarball_good(unit->arena));
    FILE *children = fopen("/proc/thread-self/children", "re");
    bool is_ours;
    int pid = 0;

    if (!children || fscanf(children, "%d", &pid) != 1) {
        printf("skipped: this kernel does not tell children\n");
        skip();
    }
    fclose(children);
    kill(pid, SIGKILL);
    for (int i = 0; i < 1000 && kill(pid, 0) == 0 && package_is_ours_apart(parser, fd, &is_ours, &unit->err);
         i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    REFUSES(ERR_BUSY, package_is_ours_apart(parser, fd, &is_ours, &unit->err));
}

UNIT(what_a_parser_costs_is_told)
{
    enum { TIMES = 200 };
    AUTO(parser_endp) struct parser *parser = start(unit, 0);
    AUTO(fd_closep) int fd = tarball_fd(tarball_good(unit->arena));
    int64_t ms[2];
    struct manifest manifest;

    for (int i = 0; i < 2; i++) {
        int64_t from_ms = clock_monotonic_ms();

        for (int n = 0; n < TIMES; n++)
            MUST(package_peek_apart(i ? parser : NULL, unit->arena, fd, &package_limits_default, &manifest,
                                    &unit->err));
        ms[i] = clock_monotonic_ms() - from_ms;
    }
    printf("one look at a small package: %.3f ms here, %.3f ms by a parser\n", (double)ms[0] / TIMES,
           (double)ms[1] / TIMES);
    assert_true(ms[1] < TIMES * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_parser_says_of_every_archive_we_have_what_this_process_says),
        UNIT_TEST(threat_17_an_archive_that_crashes_its_parser_is_refused),
        UNIT_TEST(threat_17_an_archive_that_hangs_its_parser_is_refused),
        UNIT_TEST(threat_17_a_parser_that_was_taken_over_cannot_name_what_it_likes),
        UNIT_TEST(a_parser_that_drips_is_not_waited_for_without_end),
        UNIT_TEST(how_long_is_waited_in_all_depends_on_what_there_is_to_take_apart),
        UNIT_TEST(a_keeper_that_is_gone_is_no_verdict_on_the_archive),
        UNIT_TEST(what_a_parser_costs_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
