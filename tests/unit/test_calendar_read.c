/* Holiday calendars as they come from outside. */
#include "domain/calendar.h"

#include "base/buf.h"
#include "base/text.h"
#include "domain/recurrence.h"
#include "support/unit.h"

#define TODAY 20783 /* 2026-11-26 */
#define HEAD "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
#define TAIL "END:VCALENDAR\r\n"
#define EVENT(lines) HEAD "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n" TAIL

static const char *days_of(struct unit *unit, const char *ics, size_t most)
{
    struct buf out = {.arena = unit->arena};
    struct calendar_day *days;
    size_t count;

    MUST(calendar_read(unit->arena, span_of(ics), TODAY, &days, &count, &unit->err));
    for (size_t i = 0; i < count && i < most; i++)
        buf_printf(&out, "%s%s", i ? " " : "", date_text(unit->arena, days[i].day));
    return buf_cstr(&out);
}

UNIT(all_day_events_are_holidays_and_their_end_is_not_one)
{
    /* clang-format off */
    static const struct { const char *ics, *days; } rows[] = {
        { EVENT("DTSTART;VALUE=DATE:20261224\r\n"), "2026-12-24" },
        { EVENT("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n"), "2026-12-24 2026-12-25 2026-12-26" },
        { EVENT("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261224\r\n"), "2026-12-24" },
        { EVENT("DTSTART:20261224T180000\r\nDTEND:20261225T020000\r\n"), "2026-12-24 2026-12-25" },
        { EVENT("DTSTART;TZID=\"Mars:Olympus;1\":20261224T000000\r\nDTEND:20261225T000000\r\n"), "2026-12-24" },
        { EVENT("DTSTART;VALUE=DATE:20261224\r\nDURATION:P2D\r\n"), "2026-12-24 2026-12-25" },
        { EVENT("DTSTART;VALUE=DATE:20200229\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n"), "2028-02-29" },
        { EVENT("DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY;UNTIL=20290101\r\nEXDATE:20280101\r\n"), "2026-01-01 2027-01-01 2029-01-01" },
        { EVENT("DTSTART;VALUE=DATE:20261224\r\nRDATE:20270105,20270106\r\nRDATE:20261224\r\n"), "2026-12-24 2027-01-05 2027-01-06" },
        { HEAD "BEGIN:VEVENT\r\nDTSTART:20270101\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20270106\r\nEND:VEVENT\r\n" TAIL, "2027-01-06" },
        { "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTST\n ART;VALUE=DA\n\tTE:20261224\nEND:VEVENT\nEND:VCALENDAR", "2026-12-24" },
        { EVENT("BEGIN:VALARM\r\nDTSTART:20270505\r\nEND:VALARM\r\nDTSTART:20261224\r\n"), "2026-12-24" },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = days_of(unit, rows[i].ics, 9);

        if (!text_equal(got, rows[i].days))
            fail_msg("row %zu: %s, not %s", i, got, rows[i].days);
    }
}

UNIT(names_are_plain_text)
{
    struct calendar_day *days;
    size_t count;

    MUST(calendar_read(unit->arena,
                       span_of(EVENT("DTSTART:20261224\r\nSUMMARY:Heiligabend\\, ab 14 \r\n Uhr\r\n")), TODAY,
                       &days, &count, &unit->err));
    assert_string_equal(days[0].name, "Heiligabend, ab 14 Uhr");
}

UNIT(what_is_wrong_with_a_calendar_is_named_with_its_line)
{
    /* clang-format off */
    static const struct { const char *ics, *words; } rows[] = {
        { "", "from BEGIN:VCALENDAR" },
        { "hello", "line 1: not NAME:VALUE" },
        { "X:1\r\n", "line 1: outside" },
        { HEAD "END:VCALENDAR\r\nEND:VCALENDAR\r\n", "line 4: outside" },
        { HEAD TAIL, "no holidays" },
        { HEAD TAIL HEAD TAIL, "one VCALENDAR" },
        { HEAD "BEGIN:VEVENT\r\nDTSTART:20261224\r\nEND:VEVENT\r\n", "to END:VCALENDAR" },
        { EVENT("SUMMARY:x\r\n"), "without DTSTART" },
        { EVENT("DTSTART:20261224T000000Z\r\n"), "line 4: 20261224T000000Z is an instant" },
        { EVENT("DTSTART:20260230\r\n"), "not a date" },
        { EVENT("DTSTART:2026-12-24\r\n"), "not a date" },
        { EVENT("DTSTART:20261224\r\nDTSTART:20261225\r\n"), "DTSTART twice" },
        { EVENT("DTEND:20261224\r\nDTSTART:20261224\r\n"), "before the end" },
        { EVENT("DTSTART:20261224\r\nDTEND:20261201\r\n"), "lasts one day" },
        { EVENT("DTSTART:20261224\r\nDTEND:20281201\r\n"), "lasts one day" },
        { EVENT("DTSTART:20261224\r\nDURATION:P2Y\r\n"), "DURATION" },
        { EVENT("DTSTART:20261224\r\nRRULE:FREQ=HOURLY\r\n"), "line 5: rule: FREQ" },
        { EVENT("DTSTART:20261224\r\nRRULE:FREQ=DAILY\r\nRRULE:FREQ=DAILY\r\n"), "RRULE twice" },
        { EVENT("DTSTART:20261224\r\nRECURRENCE-ID:20261224\r\n"), "write the days out" },
        { EVENT("DTSTART:20200101\r\n"), "no holidays" },
        { HEAD "BEGIN:VEVENT\r\nSUMMARY:\xff\r\nEND:VEVENT\r\n" TAIL, "UTF-8" },
        { "BEGIN:VCALENDAR\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\nBEGIN:A\n", "nested" },
    };
    /* clang-format on */
    struct calendar_day *days = NULL;
    size_t count = 7;

    for (size_t i = 0; i < COUNT(rows); i++) {
        REFUSES(ERR_INVALID,
                calendar_read(unit->arena, span_of(rows[i].ics), TODAY, &days, &count, &unit->err));
        if (!strstr(unit->err.text, rows[i].words))
            fail_msg("row %zu: %s", i, unit->err.text);
    }
    assert_true(!days && count == 7);
}

UNIT(what_is_too_much_is_refused)
{
    struct buf many = {.arena = unit->arena};
    struct calendar_day *days;
    size_t count;

    buf_printf(&many, HEAD);
    for (int i = 0; i < CALENDAR_EVENTS_MAX + 1; i++)
        buf_printf(&many, "BEGIN:VEVENT\r\nDTSTART:20261224\r\nEND:VEVENT\r\n");
    buf_printf(&many, TAIL);
    REFUSES(ERR_INVALID, calendar_read(unit->arena, buf_span(&many), TODAY, &days, &count, &unit->err));
    SAYS("2000 events");
    REFUSES(ERR_INVALID,
            calendar_read(unit->arena,
                          span_of(HEAD "BEGIN:VEVENT\nDTSTART:20240101\nRRULE:FREQ=DAILY\nEND:VEVENT\n"
                                       "BEGIN:VEVENT\nDTSTART:20240101\nRRULE:FREQ=DAILY\nEND:VEVENT\n"
                                       "BEGIN:VEVENT\nDTSTART:20240101\nRRULE:FREQ=DAILY\nEND:VEVENT\n" TAIL),
                          TODAY, &days, &count, &unit->err));
    SAYS("10000 holidays");
    char *big = arena_take(unit->arena, CALENDAR_BYTES_MAX + 1);
    memset(big, '\n', CALENDAR_BYTES_MAX + 1);
    REFUSES(ERR_INVALID, calendar_read(unit->arena, span_make(big, CALENDAR_BYTES_MAX + 1), TODAY, &days,
                                       &count, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(all_day_events_are_holidays_and_their_end_is_not_one),
        UNIT_TEST(names_are_plain_text),
        UNIT_TEST(what_is_wrong_with_a_calendar_is_named_with_its_line),
        UNIT_TEST(what_is_too_much_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
