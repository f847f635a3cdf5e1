/* What a panel shows, by language, zone, midnight and clock change. */
#include "domain/notice.h"

#include "base/text.h"
#include "support/unit.h"

static int64_t ms(const char *time)
{
    int64_t at = 0;

    assert_true(text_time_parse(time, &at));
    return at;
}

static const char *said(struct unit *unit, const char *language, const char *zone, const char *now,
                        const char *begins, int64_t minutes)
{
    const struct notice_facts facts = {.language = language,
                                       .zone = zone,
                                       .now_ms = ms(now),
                                       .begins_ms = begins ? ms(begins) : 0,
                                       .minutes = minutes};

    return notice_text(unit->arena, &facts);
}

#define NOON "2026-11-26T11:00:00Z" /* 12:00 in Berlin */

UNIT(each_language_has_words_for_each_night)
{
    static const struct {
        const char *language, *tonight, *tomorrow_night, *later, *today, *tomorrow, *now;
    } rows[] = {
        {"en", "tonight 02:10, 41 minutes", "tomorrow night 02:10, 41 minutes",
         "2026-11-29 02:10, 41 minutes", "today 20:00, 1 minute", "tomorrow 07:00, 41 minutes",
         "now, 41 minutes"},
        {"de", "heute Nacht um 02:10, 41 Minuten", "morgen Nacht um 02:10, 41 Minuten",
         "am 29.11. um 02:10, 41 Minuten", "heute um 20:00, 1 Minute", "morgen um 07:00, 41 Minuten",
         "jetzt, 41 Minuten"},
        {"fr", "cette nuit à 02:10, 41 minutes", "la nuit de demain à 02:10, 41 minutes",
         "le 29/11 à 02:10, 41 minutes", "aujourd’hui à 20:00, 1 minute", "demain à 07:00, 41 minutes",
         "maintenant, 41 minutes"},
        {"es", "esta noche, 02:10 h, 41 minutos", "mañana por la noche, 02:10 h, 41 minutos",
         "el 29/11, 02:10 h, 41 minutos", "hoy, 20:00 h, 1 minuto", "mañana, 07:00 h, 41 minutos",
         "ahora, 41 minutos"},
        {"it", "stanotte alle ore 02:10, 41 minuti", "domani notte alle ore 02:10, 41 minuti",
         "il 29/11 alle ore 02:10, 41 minuti", "oggi alle ore 20:00, 1 minuto",
         "domani alle ore 07:00, 41 minuti", "adesso, 41 minuti"},
        {"nl", "vannacht om 02:10, 41 minuten", "morgennacht om 02:10, 41 minuten",
         "op 29-11 om 02:10, 41 minuten", "vandaag om 20:00, 1 minuut", "morgen om 07:00, 41 minuten",
         "nu, 41 minuten"},
        {"pl", "dziś w nocy o 02:10, 41 minut", "jutro w nocy o 02:10, 41 minut", "29.11 o 02:10, 41 minut",
         "dziś o 20:00, 1 minuta", "jutro o 07:00, 41 minut", "teraz, 41 minut"},
        {"pt", "esta noite, 02:10 h, 41 minutos", "amanhã à noite, 02:10 h, 41 minutos",
         "em 29/11, 02:10 h, 41 minutos", "hoje, 20:00 h, 1 minuto", "amanhã, 07:00 h, 41 minutos",
         "agora, 41 minutos"},
        {"sv", "i natt kl. 02:10, 41 minuter", "i morgon natt kl. 02:10, 41 minuter",
         "den 29/11 kl. 02:10, 41 minuter", "i dag kl. 20:00, 1 minut", "i morgon kl. 07:00, 41 minuter",
         "nu, 41 minuter"},
        {"ja", "今夜 02:10、41分", "明日の夜 02:10、41分", "11月29日 02:10、41分", "本日 20:00、1分",
         "明日 07:00、41分", "ただいま、41分"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *l = rows[i].language, *z = "Europe/Berlin";

        assert_true(notice_speaks(l));
        assert_string_equal(said(unit, l, z, NOON, "2026-11-27T01:10:00Z", 41), rows[i].tonight);
        assert_string_equal(said(unit, l, z, NOON, "2026-11-28T01:10:00Z", 41), rows[i].tomorrow_night);
        assert_string_equal(said(unit, l, z, NOON, "2026-11-29T01:10:00Z", 41), rows[i].later);
        assert_string_equal(said(unit, l, z, NOON, "2026-11-26T19:00:00Z", 1), rows[i].today);
        assert_string_equal(said(unit, l, z, NOON, "2026-11-27T06:00:00Z", 41), rows[i].tomorrow);
        assert_string_equal(said(unit, l, z, NOON, NULL, 41), rows[i].now);
        assert_true(text_is_utf8(span_of(rows[i].tonight)));
        assert_non_null(strstr(notice_languages(unit->arena), l));
    }
    assert_int_equal(strlen(notice_languages(unit->arena)),
                     COUNT(rows) * 4 - 2); /* none without a row here */
}

UNIT(tags_say_more_than_the_language_and_who_is_unknown_hears_english)
{
    static const char *const german[] = {"de", "de-AT", "DE_de.UTF-8", "De@euro"};
    static const char *const unknown[] = {NULL, "", "tlh", "d", "deu", "xx-DE", "-de"};

    for (size_t i = 0; i < COUNT(german); i++)
        assert_string_equal(said(unit, german[i], "UTC", NOON, NULL, 2), "jetzt, 2 Minuten");
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_false(notice_speaks(unknown[i]));
        assert_string_equal(said(unit, unknown[i], "UTC", NOON, NULL, 0), "now");
    }
}

UNIT(polish_counts_in_three_ways)
{
    static const struct {
        int64_t minutes;
        const char *text;
    } rows[] = {{1, "teraz, 1 minuta"},     {2, "teraz, 2 minuty"},  {4, "teraz, 4 minuty"},
                {5, "teraz, 5 minut"},      {12, "teraz, 12 minut"}, {14, "teraz, 14 minut"},
                {22, "teraz, 22 minuty"},   {25, "teraz, 25 minut"}, {112, "teraz, 112 minut"},
                {102, "teraz, 102 minuty"}, {21, "teraz, 21 minut"}};

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(said(unit, "pl", "UTC", NOON, NULL, rows[i].minutes), rows[i].text);
}

/* In UTC: whoever reads it at 23:59 and at 00:01 must think of the same night. */
UNIT(around_midnight_it_is_the_same_night)
{
    static const struct {
        const char *now, *begins, *text;
    } rows[] = {
        {"2026-11-26T21:59:00Z", "2026-11-26T22:00:00Z", "tonight 22:00"},
        {"2026-11-26T23:59:00Z", "2026-11-27T02:10:00Z", "tonight 02:10"},
        {"2026-11-27T00:01:00Z", "2026-11-27T02:10:00Z", "tonight 02:10"},
        {"2026-11-27T05:59:00Z", "2026-11-27T23:00:00Z", "2026-11-27 23:00"}, /* tonight? tomorrow night? */
        {"2026-11-27T06:00:00Z", "2026-11-27T23:00:00Z", "tonight 23:00"},
        {"2026-11-27T06:00:00Z", "2026-11-28T05:59:00Z", "tonight 05:59"},
        {"2026-11-27T06:00:00Z", "2026-11-28T06:00:00Z", "tomorrow 06:00"},
        {"2026-11-27T00:30:00Z", "2026-11-27T07:00:00Z", "today 07:00"},
        {"2026-11-27T00:30:00Z", "2026-11-28T07:00:00Z", "2026-11-28 07:00"}, /* tomorrow? */
        {"2026-11-27T21:00:00Z", "2026-11-28T22:00:00Z", "tomorrow night 22:00"},
        {"2026-12-31T20:00:00Z", "2027-01-01T02:10:00Z", "tonight 02:10"},
        {"2026-12-30T20:00:00Z", "2027-01-02T02:10:00Z", "2027-01-02 02:10"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(said(unit, "en", "UTC", rows[i].now, rows[i].begins, 0), rows[i].text);
}

/* One instant on many walls. */
UNIT(the_clock_on_the_wall_counts_where_the_printer_stands)
{
    static const struct {
        const char *zone, *text;
    } rows[] = {
        {"UTC", "today 20:40"},
        {"Europe/Berlin", "today 21:40"},
        {"America/New_York", "today 15:40"},
        {"Asia/Kolkata", "tonight 02:10"},
        {"Asia/Kathmandu", "tonight 02:25"},
        {"Australia/Lord_Howe", "tomorrow 07:40"},
        {"Pacific/Chatham", "tomorrow 10:25"},
        {"No/Where", "today 20:40"},
        {"", "today 20:40"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(said(unit, "en", rows[i].zone, "2026-11-26T10:00:00Z", "2026-11-26T20:40:00Z", 0),
                            rows[i].text);
}

UNIT(on_the_night_the_clocks_change_it_says_what_they_will_show)
{
    static const struct {
        const char *zone, *now, *begins, *text;
    } rows[] = {
        /* 2027-03-28 02:00 becomes 03:00 in Berlin; 2026-10-25 03:00 becomes 02:00 */
        {"Europe/Berlin", "2027-03-27T20:00:00Z", "2027-03-28T00:59:00Z", "tonight 01:59"},
        {"Europe/Berlin", "2027-03-27T20:00:00Z", "2027-03-28T01:10:00Z", "tonight 03:10"},
        {"Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T00:10:00Z", "tonight 02:10"},
        {"Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T01:10:00Z", "tonight 02:10"},
        {"Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T05:10:00Z", "tomorrow 06:10"},
        /* half an hour only: 2026-10-04 02:00 becomes 02:30 */
        {"Australia/Lord_Howe", "2026-10-03T10:00:00Z", "2026-10-03T15:40:00Z", "tonight 02:40"},
        {"America/New_York", "2026-11-01T01:00:00Z", "2026-11-01T06:30:00Z", "tonight 01:30"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(said(unit, "en", rows[i].zone, rows[i].now, rows[i].begins, 0), rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_language_has_words_for_each_night),
        UNIT_TEST(tags_say_more_than_the_language_and_who_is_unknown_hears_english),
        UNIT_TEST(polish_counts_in_three_ways),
        UNIT_TEST(around_midnight_it_is_the_same_night),
        UNIT_TEST(the_clock_on_the_wall_counts_where_the_printer_stands),
        UNIT_TEST(on_the_night_the_clocks_change_it_says_what_they_will_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
