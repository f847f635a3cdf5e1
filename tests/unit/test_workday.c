/* The first working day that lies whole after an instant. */
#include "domain/workday.h"

#include "base/text.h"
#include "support/unit.h"

static const char *end_of(struct unit *unit, const char *zone, const char *after,
                          const struct closures *clear)
{
    int64_t after_ms = 0, end_ms;

    assert_true(text_time_parse(after, &after_ms));
    MUST(workday_end(clear, zone, after_ms, &end_ms, &unit->err));
    return text_time(unit->arena, end_ms);
}

UNIT(a_working_day_counts_whole_or_not_at_all)
{
    /* clang-format off */
    static const struct { const char *zone, *after, *end; } rows[] = {
        {"UTC", "2026-09-21T07:59:59Z", "2026-09-21T18:00:00Z"}, /* a Monday */
        {"UTC", "2026-09-21T08:00:00Z", "2026-09-21T18:00:00Z"},
        {"UTC", "2026-09-21T08:00:01Z", "2026-09-22T18:00:00Z"},
        {"UTC", "2026-09-21T23:00:00Z", "2026-09-22T18:00:00Z"},
        {"UTC", "2026-09-25T09:00:00Z", "2026-09-28T18:00:00Z"}, /* a Friday */
        {"UTC", "2026-09-26T09:00:00Z", "2026-09-28T18:00:00Z"},
        {"Europe/Berlin", "2026-09-21T05:00:00Z", "2026-09-21T16:00:00Z"},
        {"Asia/Kathmandu", "2026-09-21T05:00:00Z", "2026-09-22T12:15:00Z"},
        {"America/New_York", "2026-09-21T11:00:00Z", "2026-09-21T22:00:00Z"},
        {"Europe/Berlin", "2026-10-23T20:00:00Z", "2026-10-26T17:00:00Z"}, /* over the end of summer time */
    };
    /* clang-format on */

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(end_of(unit, rows[i].zone, rows[i].after, NULL), rows[i].end);
}

UNIT(holidays_and_blackouts_are_no_working_days)
{
    const int64_t monday = 1790000000000 / 86400000; /* 2026-09-21 */
    const int64_t holidays[] = {monday, monday + 1};
    const struct day_span blackouts[] = {{monday + 2, monday + 3}};
    const struct closures clear = {holidays, 2, blackouts, 1};

    assert_string_equal(end_of(unit, "UTC", "2026-09-19T09:00:00Z", &clear), "2026-09-25T18:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_working_day_counts_whole_or_not_at_all),
        UNIT_TEST(holidays_and_blackouts_are_no_working_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
