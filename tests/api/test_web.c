/* The service about itself, and the files of the web page. */
#include "support/unit.h"

#include "base/embedded.h"
#include "base/text.h"
#include "http/condition.h"
#include "support/enrol.h"

static struct answer get(struct ops *ops, const char *path)
{
    return support_ask(&ops->s, "GET", path, NULL, NULL);
}

UNIT(health_and_readiness_need_no_credentials)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = get(ops, "/healthz");

    assert_int_equal(a.status, 200);
    assert_string_equal(a.text, "ok\n");
    a = get(ops, "/readyz");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.text, "ready\n");
}

UNIT(a_service_that_stops_is_alive_but_not_ready)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    ops->s.app.is_stopping = true;
    a = get(ops, "/readyz");
    assert_int_equal(a.status, 503);
    assert_non_null(support_header(&a, "Retry-After"));
    assert_int_equal(get(ops, "/healthz").status, 200);
}

static const char *word_after(struct arena *arena, const char *line, const char *word)
{
    const char *at = line + strlen(word), *end = at + strcspn(at, " {\n");

    return arena_text(arena, span_make(at, (size_t)(end - at)));
}

/* Prometheus text: every sample belongs to a family that was announced with its type just before. */
UNIT(metrics_are_families_that_a_scraper_reads)
{
    static const char *const wanted[] = {"nightshift_requests_total",       "nightshift_request_seconds",
                                         "nightshift_store_commits_total",  "nightshift_store_wal_bytes",
                                         "nightshift_store_bytes",          "nightshift_disk_free_bytes",
                                         "nightshift_store_rollbacks_total"};
    struct ops *ops = ops_world(unit->arena);
    const char *family = "none";
    struct span rest, line;
    struct answer a;

    get(ops, "/healthz");
    get(ops, "/no/such/door");
    a = get(ops, "/metrics");
    assert_int_equal(a.status, 200);
    assert_true(text_starts(a.reply.content_type, "text/plain"));
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (!strstr(a.text, arena_printf(unit->arena, "# TYPE %s ", wanted[i])))
            fail_msg("no %s in\n%s", wanted[i], a.text);
    rest = span_of(a.text);
    while (text_split(&rest, '\n', &line)) {
        const char *text = arena_text(unit->arena, line);

        if (text_starts(text, "# TYPE "))
            family = word_after(unit->arena, text, "# TYPE ");
        else if (*text && *text != '#' && !text_starts(text, family))
            fail_msg("%s comes under %s", text, family);
    }
    assert_non_null(strstr(a.text, "door=\"/healthz\",class=\"2xx\""));
    assert_non_null(strstr(a.text, "class=\"4xx\""));
}

UNIT(metrics_name_no_device_and_no_operator)
{
    struct ops *ops = ops_world(unit->arena);

    enrol_poll(ops, "mfp-secret", enrol_device(ops, "mfp-secret"));
    assert_null(strstr(get(ops, "/metrics").text, "mfp-secret"));
    assert_null(strstr(get(ops, "/metrics").text, "technician"));
}

static bool is_forbidden(const char *policy)
{
    return strstr(policy, "unsafe") || strstr(policy, "http:") || strstr(policy, "data:") ||
           strchr(policy, '*');
}

UNIT(every_file_of_the_page_comes_with_the_policy_and_its_type)
{
    struct ops *ops = ops_world(unit->arena);
    size_t count = 0;

    for (const struct embedded *file = embedded_files; file->name; file++) {
        const char *dot = strrchr(file->name, '.');
        struct answer a;

        if (!dot || text_equal(dot, ".sql"))
            continue;
        a = get(ops, arena_printf(unit->arena, "/assets/%s", file->name));
        if (a.status != 200)
            fail_msg("%s: %d", file->name, a.status);
        assert_non_null(a.reply.content_type);
        assert_non_null(strstr(support_header(&a, "Content-Security-Policy"), "default-src 'none'"));
        assert_false(is_forbidden(support_header(&a, "Content-Security-Policy")));
        assert_string_equal(support_header(&a, "X-Content-Type-Options"), "nosniff");
        assert_int_equal(a.size, file->size);
        count++;
    }
    assert_true(count > 5);
    assert_true(text_starts(get(ops, "/").reply.content_type, "text/html"));
}

UNIT(the_page_holds_no_script_and_no_style_of_its_own)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = get(ops, "/");

    assert_null(strcasestr(a.text, "<style"));
    assert_null(strcasestr(a.text, " style="));
    assert_null(strcasestr(a.text, " onclick"));
    for (const char *at = a.text; (at = strcasestr(at, "<script")) != NULL; at++)
        assert_non_null(strstr(arena_text(unit->arena, span_make(at, strcspn(at, ">"))), "src="));
}

UNIT(a_file_that_the_browser_has_is_not_sent_again)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = get(ops, "/assets/app.js"), again = get(ops, "/assets/app.js");
    struct condition_facts facts = {
        .etag = a.reply.etag, .size = (int64_t)a.size, .if_none_match = again.reply.etag};
    struct condition verdict;

    assert_non_null(a.reply.etag);
    condition_judge(&facts, &verdict);
    assert_int_equal(verdict.status, 304);
    assert_string_not_equal(a.reply.etag, get(ops, "/assets/style.css").reply.etag);
    assert_string_equal(support_header(&a, "Cache-Control"), "no-cache");
}

UNIT(an_asset_that_is_none_is_404_and_the_schema_is_none)
{
    static const char *const names[] = {"nothing.js", "0001_start.sql", "app.js.map", "..%2fapp.js", ".."};
    struct ops *ops = ops_world(unit->arena);

    for (size_t i = 0; i < COUNT(names); i++) {
        struct answer a = get(ops, arena_printf(unit->arena, "/assets/%s", names[i]));

        if (a.status != 404 && a.status != 400)
            fail_msg("%s: %d", names[i], a.status);
    }
    assert_int_equal(get(ops, "/assets/nothing.js").status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(health_and_readiness_need_no_credentials),
        UNIT_TEST(a_service_that_stops_is_alive_but_not_ready),
        UNIT_TEST(metrics_are_families_that_a_scraper_reads),
        UNIT_TEST(metrics_name_no_device_and_no_operator),
        UNIT_TEST(every_file_of_the_page_comes_with_the_policy_and_its_type),
        UNIT_TEST(the_page_holds_no_script_and_no_style_of_its_own),
        UNIT_TEST(a_file_that_the_browser_has_is_not_sent_again),
        UNIT_TEST(an_asset_that_is_none_is_404_and_the_schema_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
