#include "domain/opening.h"

#include "base/text.h"
#include "support/unit.h"

static int64_t ms(const char *time)
{
    int64_t out = 0;

    if (time)
        assert_true(text_time_parse(time, &out));
    return out;
}

/* A night of seven hours in Berlin, or of one hour from Monday to Friday and seven on the week-end. */
static const struct window night = {.start_min = 1320, .end_min = 300, .days = 127, .zone = "Europe/Berlin"};
static const struct window hour = {.start_min = 1320, .end_min = 1380, .days = 127, .zone = "Europe/Berlin"};

struct row {
    const char *name;
    const struct window *window;
    const char *earliest, *latest;
    int64_t needs_min;
    const char *now, *opens, *closes;
    bool is_open, is_ending, is_never;
    int64_t left_min, longest_min;
};

/* clang-format off */
static const struct row rows[] = {
    { "by day the night is to come",        &night, NULL, NULL, 60, "2026-11-24T12:00:00Z", "2026-11-24T21:00:00Z", "2026-11-25T04:00:00Z", false, false, false, 0, 420 },
    { "in the night it is open",            &night, NULL, NULL, 60, "2026-11-24T23:00:00Z", "2026-11-24T21:00:00Z", "2026-11-25T04:00:00Z", true,  false, false, 0, 420 },
    { "to the last minute it fits",         &night, NULL, NULL, 60, "2026-11-25T03:00:00Z", "2026-11-24T21:00:00Z", "2026-11-25T04:00:00Z", true,  false, false, 0, 420 },
    { "a second later it is tomorrow's",    &night, NULL, NULL, 60, "2026-11-25T03:00:01Z", "2026-11-25T21:00:00Z", "2026-11-26T04:00:00Z", false, true,  false, 59, 420 },
    { "eight hours never fit",              &night, NULL, NULL, 480, "2026-11-24T12:00:00Z", "2026-11-24T21:00:00Z", "2026-11-25T04:00:00Z", false, false, true, 0, 420 },
    { "nor while a night goes on",          &hour,  NULL, NULL, 90, "2026-11-24T21:30:00Z", "2026-11-25T21:00:00Z", "2026-11-25T22:00:00Z", false, true,  true, 30, 60 },
    { "exactly as long as the window fits", &hour,  NULL, NULL, 60, "2026-11-24T20:00:00Z", "2026-11-24T21:00:00Z", "2026-11-24T22:00:00Z", false, false, false, 0, 60 },
    { "earliest cuts a night short",        &night, "2026-11-25T02:00:00Z", NULL, 60, "2026-11-24T23:00:00Z", "2026-11-25T02:00:00Z", "2026-11-25T04:00:00Z", false, false, false, 0, 120 },
    { "and what is left too short is tomorrow's", &night, "2026-11-25T03:30:00Z", NULL, 60, "2026-11-24T23:00:00Z", "2026-11-25T21:00:00Z", "2026-11-26T04:00:00Z", false, false, false, 0, 420 },
    { "latest cuts the night",              &night, NULL, "2026-11-25T01:00:00Z", 60, "2026-11-25T00:00:00Z", "2026-11-24T21:00:00Z", "2026-11-25T01:00:00Z", true, false, false, 0, 240 },
    { "what does not fit before it never does", &night, NULL, "2026-11-25T01:00:00Z", 90, "2026-11-25T00:00:00Z", NULL, NULL, false, true, true, 60, 240 },
    { "no night before latest",             &night, NULL, "2026-11-24T20:00:00Z", 60, "2026-11-24T12:00:00Z", NULL, NULL, false, false, true, 0, 0 },
    { "after latest there is nothing",      &night, NULL, "2026-11-24T20:00:00Z", 60, "2026-11-24T23:00:00Z", NULL, NULL, false, false, true, 0, 0 },
    { "any time is open",                   NULL,   NULL, NULL, 60, "2026-11-24T12:00:00Z", NULL, NULL, true, false, false, 0, -1 },
    { "any time between two instants",      NULL,   "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z", 60, "2026-11-24T13:00:00Z", "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z", true, false, false, 0, 120 },
    { "before them",                        NULL,   "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z", 60, "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z", false, false, false, 0, 120 },
    { "too short a time between them",      NULL,   "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z", 121, "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z", false, false, true, 0, 120 },
    { "nothing needs no room",              &hour,  NULL, NULL, 0, "2026-11-24T21:59:59Z", "2026-11-24T21:00:00Z", "2026-11-24T22:00:00Z", true, false, false, 0, 60 },
};
/* clang-format on */

UNIT(the_opening_that_holds_an_install_is_found)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *r = &rows[i];
        const struct opening_wish wish = {.window = r->window,
                                          .zone = "UTC",
                                          .earliest_ms = ms(r->earliest),
                                          .latest_ms = ms(r->latest),
                                          .needs_min = r->needs_min};
        struct opening o;

        MUST(opening_find(&wish, ms(r->now), &o, &unit->err));
        if (o.opens_ms != ms(r->opens) || o.closes_ms != ms(r->closes) || o.is_open != r->is_open ||
            o.is_ending != r->is_ending || o.is_never != r->is_never ||
            (o.is_ending && o.left_min != r->left_min) ||
            (r->longest_min >= 0 && o.longest_min != r->longest_min))
            fail_msg("%s: %s to %s%s%s%s, left %lld, longest %lld", r->name,
                     text_time(unit->arena, o.opens_ms), text_time(unit->arena, o.closes_ms),
                     o.is_open ? ", open" : "", o.is_ending ? ", ending" : "", o.is_never ? ", never" : "",
                     (long long)o.left_min, (long long)o.longest_min);
    }
}

/* Whatever the night and the instant: what is said to be open ends in time, and what is said to come opens.
 */
UNIT(what_is_begun_when_told_ends_before_the_window_does)
{
    uint64_t seed = 11;

    for (int i = 0; i < 4000; i++) {
        struct window w = {.days = 127, .zone = i % 2 ? "Europe/Berlin" : "Australia/Lord_Howe"};
        struct opening_wish wish = {.window = &w, .zone = "UTC"};
        int64_t now = ms("2026-03-01T00:00:00Z") + (int64_t)i * 9 * 3600000, opens, closes;
        struct opening o, then;

        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        w.start_min = (int64_t)(seed >> 33) % 1440;
        w.end_min = (int64_t)(seed >> 43) % 1440;
        wish.needs_min = (int64_t)(seed >> 20) % 300 + 1;
        MUST(opening_find(&wish, now, &o, &unit->err));
        if (o.is_open) {
            MUST(window_find(&w, NULL, "UTC", now, &opens, &closes, &unit->err));
            assert_true(opens <= now && now + wish.needs_min * 60000 <= closes);
        } else if (!o.is_never) {
            assert_true(o.opens_ms > now);
            MUST(opening_find(&wish, o.opens_ms, &then, &unit->err));
            assert_true(then.is_open && then.closes_ms == o.closes_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_opening_that_holds_an_install_is_found),
        UNIT_TEST(what_is_begun_when_told_ends_before_the_window_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
