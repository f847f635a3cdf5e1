/* Sites: places with a zone and hours. */
#include "support/unit.h"

#include "base/text.h"
#include "support/enrol.h"

#define MUNICH "/api/v1/sites/munich"

static struct answer put(struct ops *ops, const char *name, const char *body)
{
    return ops_ask(ops, "technician", "PUT", arena_printf(ops->s.arena, "/api/v1/sites/%s", name), body);
}

UNIT(a_site_is_made_shown_and_changed)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = put(ops, "lyon",
                          "{\"customer\":\"Roux\",\"zone\":\"Europe/Paris\",\"window\":{\"start\":\"22:00\","
                          "\"end\":\"05:00\",\"days\":[\"mo\",\"fr\"]}}");

    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "name"), "lyon");
    assert_string_equal(support_text(&a, "customer"), "Roux");
    assert_string_equal(support_text(&a, "zone"), "Europe/Paris");
    assert_string_equal(support_text(&a, "window.start"), "22:00");
    assert_string_equal(support_text(&a, "window.end"), "05:00");
    assert_string_equal(support_text(&a, "window.days.1"), "fr");
    assert_string_equal(ops_ask(ops, "viewer", "GET", "/api/v1/sites/lyon", NULL).text, a.text);
    a = put(ops, "lyon", "{\"zone\":\"Europe/Paris\"}"); /* a PUT says all of it */
    assert_int_equal(json_kind(support_at(&a, "window")), JSON_NULL);
    assert_string_equal(support_text(&a, "customer"), "");
    a = put(ops, "bare", "{}");
    assert_string_equal(support_text(&a, "zone"), "UTC");
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/sites/nowhere", NULL).status, 404);
}

UNIT(what_is_wrong_with_a_site_is_named_and_changes_nothing)
{
    /* clang-format off */
    static const struct { const char *body, *words; } rows[] = {
        {"{\"zone\":\"Europe/Atlantis\"}", "Europe/Atlantis"},
        {"{\"zone\":\"\"}", "zone"},
        {"{\"zone\":\"../../etc/passwd\"}", "no time zone"},
        {"{\"colour\":\"red\"}", "colour"},
        {"{\"customer\":5}", "customer"},
        {"{\"window\":{\"start\":\"22:00\"}}", "end"},
        {"{\"window\":{\"start\":\"24:00\",\"end\":\"05:00\"}}", "window"},
        {"{\"window\":{\"start\":\"2200a\",\"end\":\"05:00\"}}", "window"},
        {"{\"window\":{\"start\":\"22:00\",\"end\":\"05:00\",\"days\":[\"monday\"]}}", "mo tu we"},
        {"{\"window\":{\"start\":\"22:00\",\"end\":\"05:00\",\"zone\":\"UTC\"}}", "the site's own member"},
        {"{\"window\":[]}", "window"},
        {"[]", "object"},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    struct answer before = ops_ask(ops, "viewer", "GET", MUNICH, NULL);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = put(ops, "munich", rows[i].body);

        enrol_refused(&a, 400, rows[i].words);
    }
    assert_string_equal(ops_ask(ops, "viewer", "GET", MUNICH, NULL).text, before.text);
    assert_int_equal(put(ops, ".hidden", "{}").status, 400);
    assert_int_equal(put(ops, "a%20b", "{}").status, 400);
    assert_int_equal(ops_ask(ops, "engineer", "PUT", MUNICH, "{}").status, 403);
}

UNIT(sites_are_listed_by_name_and_in_pages)
{
    struct ops *ops = ops_world(unit->arena);
    const char *cursor = "";
    struct buf met = {.arena = unit->arena};

    put(ops, "zagreb", "{}");
    put(ops, "lyon", "{}");
    put(ops, "berlin", "{}");
    while (cursor) {
        struct answer list = ops_ask(
            ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/sites?limit=2&cursor=%s", cursor), NULL);

        for (size_t i = 0; i < json_count(support_at(&list, "items")); i++)
            buf_printf(&met, "%s ", support_text(&list, arena_printf(unit->arena, "items.%zu.name", i)));
        cursor = support_text(&list, "next");
    }
    assert_string_equal(buf_cstr(&met), "berlin lyon munich zagreb ");
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/sites?limit=0", NULL).status, 400);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/sites?limit=501", NULL).status, 400);
}

UNIT(a_devices_zone_is_its_sites)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    enrol_device(ops, "mfp-1");
    a = ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-1", "{\"site\":\"munich\"}");
    assert_string_equal(support_text(&a, "zone"), "Europe/Berlin");
    put(ops, "munich", "{\"zone\":\"Asia/Tokyo\"}");
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-1", NULL);
    assert_string_equal(support_text(&a, "zone"), "Asia/Tokyo");
}

UNIT(changing_a_site_is_written_down)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer audit;

    put(ops, "lyon", "{\"zone\":\"Europe/Paris\"}");
    audit = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=1", NULL);
    assert_string_equal(support_text(&audit, "items.0.what"), "site.put");
    assert_string_equal(support_text(&audit, "items.0.who"), "technician");
    assert_string_equal(support_text(&audit, "items.0.object"), "lyon");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_site_is_made_shown_and_changed),
        UNIT_TEST(what_is_wrong_with_a_site_is_named_and_changes_nothing),
        UNIT_TEST(sites_are_listed_by_name_and_in_pages),
        UNIT_TEST(a_devices_zone_is_its_sites),
        UNIT_TEST(changing_a_site_is_written_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
