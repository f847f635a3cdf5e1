/* The panel's notice travels with the offer, for our agent, in the device's language or its site's. */
#include "support/unit.h"

#include "base/text.h"
#include "support/enrol.h"
#include "support/rollouts.h"

/* 2026-09-22 12:00 UTC; the window opens at 02:10 in Rome, 00:10 UTC. */
static struct ops *in_rome(struct arena *arena, const char *language)
{
    struct ops *ops = ops_world(arena);

    ops->s.now_ms = 1790078400000;
    rollouts_devices(ops, "mfp", 1, NULL);
    assert_int_equal(
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/rome",
                arena_printf(arena,
                             "{\"zone\":\"Europe/Rome\",\"language\":\"%s\",\"window\":{\"start\":\"02:10\","
                             "\"end\":\"05:00\"}}",
                             language))
            .status,
        200);
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-0", "{\"site\":\"rome\"}").status, 200);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    return ops;
}

static struct answer deployment(struct ops *ops)
{
    struct answer a =
        ddi_get(&ops->s, "mfp-0", "deploymentBase", rollouts_offer(ops, "mfp-0", "deploymentBase"));

    assert_int_equal(a.status, 200);
    return a;
}

static void speaks(struct ops *ops, const char *language)
{
    assert_int_equal(
        ddi_ask(&ops->s, "PUT", "mfp-0", "/configData",
                arena_printf(ops->s.arena, "{\"mode\":\"merge\",\"data\":{\"language\":\"%s\"}}", language))
            .status,
        200);
}

static void assert_says(struct ops *ops, const char *notice, const char *now)
{
    const char *text = deployment(ops).text;

    assert_non_null(
        strstr(text, arena_printf(ops->s.arena, "{\"key\":\"nightshift.notice\",\"value\":\"%s\"}", notice)));
    assert_non_null(strstr(
        text, arena_printf(ops->s.arena, "{\"key\":\"nightshift.notice_now\",\"value\":\"%s\"}", now)));
}

UNIT(the_site_speaks_for_devices_that_do_not_say_and_they_for_themselves)
{
    struct ops *ops = in_rome(unit->arena, "it");

    assert_says(ops, "stanotte alle ore 02:10, 12 minuti", "adesso, 12 minuti");
    speaks(ops, "de-CH");
    assert_says(ops, "heute Nacht um 02:10, 12 Minuten", "jetzt, 12 Minuten");
    speaks(ops, "tlh"); /* nobody here knows it: the site's again */
    assert_says(ops, "stanotte alle ore 02:10, 12 minuti", "adesso, 12 minuti");
    ops->s.now_ms += 13 * 3600000LL; /* 03:00 in Rome */
    assert_says(ops, "adesso, 12 minuti", "adesso, 12 minuti");
}

UNIT(a_stock_client_is_told_nothing_it_does_not_know)
{
    struct ops *ops = in_rome(unit->arena, "");

    assert_says(ops, "tonight 02:10, 12 minutes", "now, 12 minutes");
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-0", "{\"quirk\":\"plain\"}").status, 200);
    assert_null(strstr(deployment(ops).text, "notice"));
}

UNIT(a_site_in_a_language_without_texts_is_refused_with_those_there_are)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a =
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/x", "{\"zone\":\"UTC\",\"language\":\"tlh\"}");

    assert_int_equal(a.status, 400);
    assert_non_null(strstr(a.text, "there is en, de, fr"));
    a = ops_ask(ops, "technician", "PUT", "/api/v1/sites/x", "{\"zone\":\"UTC\",\"language\":\"ja\"}");
    assert_string_equal(support_text(&a, "language"), "ja");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_site_speaks_for_devices_that_do_not_say_and_they_for_themselves),
        UNIT_TEST(a_stock_client_is_told_nothing_it_does_not_know),
        UNIT_TEST(a_site_in_a_language_without_texts_is_refused_with_those_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
