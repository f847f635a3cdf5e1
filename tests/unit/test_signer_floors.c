/* What was signed already, as it rests, and how far the next version may be from it. */
#include "signing/signer_floors.h"

#include <stdio.h>

#include "base/file.h"
#include "support/signers.h"
#include "support/tuf_repo.h"
#include "support/unit.h"

UNIT(how_far_a_version_may_go_depends_on_its_role)
{
    const int64_t now_s = REPO_NOW_MS / 1000, hour = 3600;
    const struct signer_own image = {.tenant = "T", .clock_s = now_s},
                            director = {.tenant = "T", .is_director = true, .clock_s = now_s},
                            clockless = {.tenant = "T", .is_director = true};
    const struct {
        const struct signer_own *own;
        enum tuf_role role;
        int64_t floor, most;
    } table[] = {
        {&image, TUF_TIMESTAMP, 0, 1 << 24},
        {&image, TUF_TIMESTAMP, 5, 10005}, /* its clock is nothing to an image repository's versions */
        {&image, TUF_TARGETS, 1, 10001},
        {&director, TUF_ROOT, 0, 1000},
        {&director, TUF_ROOT, 3, 103},
        {&director, TUF_TARGETS, 0, now_s + hour},
        {&director, TUF_TARGETS, now_s - 400 * 86400,
         now_s + hour}, /* a backup of last year leaps to this day */
        {&director, TUF_TIMESTAMP, now_s + 86400,
         now_s + 86400 + hour}, /* a clock that was ahead yesterday */
        {&clockless, TUF_TARGETS, now_s, now_s + (INT64_C(1) << 33)},
    };

    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(signer_law_most(table[i].own, table[i].role, table[i].floor), table[i].most);
}

/* A thousand signatures a second for as long as a printer lives: the numbers are still there. */
UNIT(asking_without_end_does_not_use_up_the_numbers)
{
    const int64_t asks = INT64_C(1000) * 86400 * 365 * 20, end = INT64_C(1) << 53;
    const struct signer_own image = {.tenant = "T"},
                            director = {.tenant = "T", .is_director = true, .clock_s = REPO_NOW_MS / 1000};

    assert_true(signer_law_most(&image, TUF_TIMESTAMP, 1) - 1 <= (end - 1) / asks);
    assert_true(signer_law_most(&director, TUF_TARGETS, director.clock_s) - director.clock_s <= end / asks);
}

UNIT(more_devices_than_fit_go_on_above_the_highest)
{
    AUTO(signer_floors_closep) struct signer_floors *floors = NULL;
    struct signing *s = signing_here(unit);
    const char *dir = arena_printf(unit->arena, "%s/floors", s->dir);
    struct signer_floor floor;
    char name[32];

    MUST(signer_floors_open(&floors, dir, true, &unit->err));
    for (int i = 0; i <= SIGNER_FLOOR_DEVICES; i++) {
        snprintf(name, sizeof(name), "d%d", i);
        MUST(signer_floors_raise(floors, TUF_TARGETS, name, 100 + i, "x", &unit->err));
    }
    signer_floors_get(floors, TUF_TARGETS, "d0", &floor);
    assert_int_equal(99 + SIGNER_FLOOR_DEVICES, floor.version);
    signer_floors_get(floors, TUF_TARGETS, name, &floor);
    assert_int_equal(100 + SIGNER_FLOOR_DEVICES, floor.version);
    signer_floors_closep(&floors); /* in order: nothing is skipped */
    MUST(signer_floors_open(&floors, dir, true, &unit->err));
    signer_floors_get(floors, TUF_TARGETS, "d0", &floor);
    assert_int_equal(100 + SIGNER_FLOOR_DEVICES, floor.version);
}

UNIT(what_lies_there_and_is_not_ours_is_no_floor)
{
    static const char *const no[] = {"timestamp\n",
                                     "timestamp 5\n",
                                     "timestamp x x\n",
                                     "nobody 5 x\n",
                                     "audit 5 x\n",
                                     "bound -1 all\n",
                                     "timestamp 9223372036854775807 x\n"};
    struct signing *s = signing_here(unit);
    struct signer_floors *floors = NULL;

    for (size_t i = 0; i < COUNT(no); i++) {
        MUST(file_write_whole(arena_printf(unit->arena, "%s/versions", s->dir), span_of(no[i]), 0600,
                              &unit->err));
        REFUSES(ERR_CORRUPT, signer_floors_open(&floors, s->dir, false, &unit->err));
        SAYS("versions");
        assert_null(floors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(how_far_a_version_may_go_depends_on_its_role),
        UNIT_TEST(asking_without_end_does_not_use_up_the_numbers),
        UNIT_TEST(more_devices_than_fit_go_on_above_the_highest),
        UNIT_TEST(what_lies_there_and_is_not_ours_is_no_floor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
