/* Whose window a device's action keeps to. */
#include "store/actions.h"

#include "domain/report.h"
#include "domain/rollout.h"
#include "store/devices.h"
#include "store/rollouts.h"
#include "store/tenants.h"
#include "support/ddi.h"
#include "support/running.h"
#include "support/unit.h"

/* Stands in Berlin, where it is 16:13 and the site may be touched from 22:00 to 05:00. */
static void stands_in_berlin(struct unit *unit, struct support *s, const char *id)
{
    const struct site site = {
        .tenant_id = s->tenant_id,
        .name = "berlin",
        .customer = "",
        .window = {.start_min = 22 * 60, .end_min = 5 * 60, .days = 127, .zone = "Europe/Berlin"}};
    struct device device = support_device_get(s, id);
    struct tx tx;

    device.site = "berlin";
    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_site_put(s->store, &site, &unit->err));
    MUST(store_device_change(s->store, &device, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

static const char *update_of(struct unit *unit, struct support *s)
{
    struct answer a;

    ddi_poll(s, "mfp-1");
    a = ddi_get(s, "mfp-1", "deploymentBase", only_action(unit, s, "mfp-1"));
    return support_text(&a, "deployment.update");
}

UNIT(the_window_of_a_rollout_goes_before_the_one_of_the_site)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    stands_in_berlin(unit, s, "mfp-1");
    rollout_in(unit, s, ddi_release(s, "2.0"), 0,
               (struct window){.start_min = 16 * 60, .end_min = 17 * 60, .days = 127, .zone = ""}, false);
    assert_string_equal(update_of(unit, s), "forced"); /* open, by the clock of the site */
}

UNIT(the_window_of_a_rollout_may_have_a_zone_of_its_own)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    stands_in_berlin(unit, s, "mfp-1");
    rollout_in(unit, s, ddi_release(s, "2.0"), 0,
               (struct window){.start_min = 16 * 60, .end_min = 17 * 60, .days = 127, .zone = "UTC"}, false);
    assert_string_equal(update_of(unit, s), "skip");
}

UNIT(the_window_of_the_site_holds_when_the_rollout_has_none)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    stands_in_berlin(unit, s, "mfp-1");
    rollout_of(unit, s, ddi_release(s, "2.0"), 0);
    assert_string_equal(update_of(unit, s), "skip");
}

UNIT(an_urgent_rollout_asks_no_window)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    stands_in_berlin(unit, s, "mfp-1");
    rollout_in(unit, s, ddi_release(s, "2.0"), 0,
               (struct window){.start_min = 3 * 60, .end_min = 4 * 60, .days = 127, .zone = ""}, true);
    assert_string_equal(update_of(unit, s), "forced");
}

UNIT(a_device_without_a_site_lives_in_the_zone_it_tells)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    ddi_ask(s, "PUT", "mfp-1", "/configData", "{\"data\":{\"zone\":\"Asia/Tokyo\"}}"); /* 23:13 there */
    rollout_in(unit, s, ddi_release(s, "2.0"), 0,
               (struct window){.start_min = 23 * 60, .end_min = 0, .days = 127, .zone = ""}, false);
    assert_string_equal(update_of(unit, s), "forced");
    ddi_ask(s, "PUT", "mfp-1", "/configData", "{\"data\":{\"zone\":\"Mars/North\"}}");
    assert_string_equal(update_of(unit, s), "skip"); /* UTC, then */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_window_of_a_rollout_goes_before_the_one_of_the_site),
        UNIT_TEST(the_window_of_a_rollout_may_have_a_zone_of_its_own),
        UNIT_TEST(the_window_of_the_site_holds_when_the_rollout_has_none),
        UNIT_TEST(an_urgent_rollout_asks_no_window),
        UNIT_TEST(a_device_without_a_site_lives_in_the_zone_it_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
