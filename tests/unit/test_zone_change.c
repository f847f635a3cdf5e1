/* The law of a zone changes between the plan and the night. A tz database of our own lies over the system's,
 * in a mount namespace that ends with this test. */
#include "support/unit.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/text.h"
#include "domain/window.h"
#include "domain/zone.h"

#define ZONES "/usr/share/zoneinfo"

static char room[] = "/tmp/nightshift-zones.XXXXXX";

static int64_t at(const char *text)
{
    int64_t ms = 0;

    assert_true(text_time_parse(text, &ms));
    return ms;
}

static void copy(const char *from, const char *to)
{
    char command[400];

    snprintf(command, sizeof(command), "cp -rL %s %s", from, to);
    assert_int_equal(system(command), 0);
}

/* False: no right to. */
static bool mount_zones(void)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount(room, ZONES, NULL, MS_BIND, NULL) == 0;
}

static int64_t opening(void)
{
    const struct window night = {
        .start_min = 22 * 60, .end_min = 5 * 60, .days = 127, .zone = "Europe/Berlin"};
    struct err err = {0};
    int64_t opens, closes;

    if (!window_next(&night, "UTC", at("2026-12-01T12:00:00Z"), &opens, &closes, &err))
        fail_msg("%s", err.text);
    return opens;
}

UNIT(a_law_that_changes_between_plan_and_night_moves_the_night)
{
    (void)unit;
    assert_false(zone_refresh());
    assert_int_equal(opening(), at("2026-12-01T21:00:00Z"));
    /* Berlin stays on summer time from now on: what its file says is what Cairo's winter has. */
    copy(ZONES "/Africa/Cairo", ZONES "/Europe/Berlin");
    copy(ZONES "/zone.tab", ZONES "/zone.new");
    assert_int_equal(rename(ZONES "/zone.new", ZONES "/zone.tab"), 0);
    assert_true(zone_refresh());
    assert_int_equal(opening(), at("2026-12-01T20:00:00Z"));
    assert_false(zone_refresh());
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_law_that_changes_between_plan_and_night_moves_the_night),
    };
    int failed = 0;

    if (!mkdtemp(room))
        return 1;
    copy(ZONES "/.", room);
    if (mount_zones())
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    else
        printf("skipped: no right to lay a tz database over the system's (%d)\n", errno);
    umount2(ZONES, MNT_DETACH);
    nftw(room, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return failed;
}
