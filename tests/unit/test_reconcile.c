#include "tools/common/reconcile.h"

#include "base/text.h"
#include "support/unit.h"

#define POLL "/DEFAULT/controller/v1/mfp-1"

static const char *said(struct unit *unit, const char *method, const char *path, int status,
                        const char *request)
{
    return arena_printf(unit->arena,
                        "{\"at\":\"2026-09-02T10:15:00Z\",\"method\":\"%s\",\"path\":\"%s\",\"status\":%d,"
                        "\"request\":\"%s\"}\n",
                        method, path, status, request);
}

static const char *heard(struct unit *unit, const char *method, const char *path, int status,
                         const char *request)
{
    return arena_printf(
        unit->arena,
        "2026-09-02T10:15:00.123Z info request method=%s path=%s status=%d bytes=2 us=1 who=mfp-1"
        " peer=192.0.2.7 req=%s\n",
        method, path, status, request);
}

static struct reconciled held(struct unit *unit, const char *device, const char *service)
{
    struct reconciled out = {0};

    MUST(reconcile(unit->arena, "mfp-1", span_of(device), span_of(service), &out, &unit->err));
    return out;
}

static void assert_counts(const struct reconciled *r, int agreed, int unheard, int unsaid, int different)
{
    assert_int_equal(r->agreed, agreed);
    assert_int_equal(r->unheard, unheard);
    assert_int_equal(r->unsaid, unsaid);
    assert_int_equal(r->different, different);
}

#define CAT(...) texts(unit, (const char *[]){__VA_ARGS__, NULL})

static const char *texts(struct unit *unit, const char *const *list)
{
    const char *all = "";

    for (; *list; list++)
        all = arena_printf(unit->arena, "%s%s", all, *list);
    return all;
}

UNIT(two_logs_of_the_same_requests_agree)
{
    const char *device =
        CAT(said(unit, "GET", POLL, 200, "a1"), said(unit, "PUT", POLL "/configData", 204, "a2"));
    const char *service =
        CAT("2026-09-02T10:15:00.123Z info listening port=1\n", heard(unit, "GET", POLL, 200, "a1"),
            "2026-09-02T10:15:00.123Z info request method=GET path=/x status=200 who=mfp-2 peer=::1 req=b1\n",
            heard(unit, "PUT", POLL "/configData", 204, "a2"));
    struct reconciled r = held(unit, device, service);

    assert_counts(&r, 2, 0, 0, 0);
}

UNIT(what_the_device_never_said_is_somebody_with_its_credentials)
{
    const char *device = CAT(said(unit, "GET", POLL, 200, "a1"), said(unit, "GET", POLL, 200, "a3"));
    const char *service =
        CAT(heard(unit, "GET", POLL, 200, "a0"), /* before its log begins */
            heard(unit, "GET", POLL, 200, "a1"), heard(unit, "GET", POLL "/backups", 200, "a2"),
            heard(unit, "GET", POLL, 200, "a3"), heard(unit, "GET", POLL, 200, "a4"));
    struct reconciled r = held(unit, device, service);

    assert_counts(&r, 2, 0, 1, 0);
    assert_non_null(
        strstr(buf_cstr(&r.findings), "service line 3: GET " POLL "/backups 200 from 192.0.2.7: the device"));
}

UNIT(what_the_service_never_heard_is_named)
{
    const char *device = CAT(said(unit, "GET", POLL, 200, "a1"), said(unit, "POST", POLL "/x", 200, "a2"));
    struct reconciled r = held(unit, device, heard(unit, "GET", POLL, 200, "a1"));

    assert_counts(&r, 1, 1, 0, 0);
    assert_non_null(
        strstr(buf_cstr(&r.findings), "device line 2: POST " POLL "/x 200: the service never heard it"));
}

UNIT(a_line_that_says_something_else_by_the_same_number_is_different)
{
    const char *const other[] = {heard(unit, "PUT", POLL, 200, "a1"),
                                 heard(unit, "GET", POLL "/x", 200, "a1"),
                                 heard(unit, "GET", POLL, 404, "a1")};

    for (size_t i = 0; i < COUNT(other); i++) {
        struct reconciled r = held(unit, said(unit, "GET", POLL, 200, "a1"), other[i]);

        assert_counts(&r, 0, 0, 0, 1);
    }
    struct reconciled twice =
        held(unit, CAT(said(unit, "GET", POLL, 200, "a1"), said(unit, "GET", POLL, 200, "a1")),
             heard(unit, "GET", POLL, 200, "a1"));
    assert_counts(&twice, 1, 0, 0, 1);
}

UNIT(a_request_without_an_answer_stands_for_one_line_at_most)
{
    const char *device = CAT(said(unit, "GET", POLL, 200, "a1"), said(unit, "GET", POLL, 0, ""),
                             said(unit, "GET", POLL, 200, "a4"));
    const char *service = CAT(heard(unit, "GET", POLL, 200, "a1"), heard(unit, "GET", POLL, 200, "a2"),
                              heard(unit, "GET", POLL, 200, "a3"), heard(unit, "GET", POLL, 200, "a4"));
    struct reconciled r = held(unit, device, service);

    assert_counts(&r, 3, 0, 1, 0);
    r = held(unit, CAT(said(unit, "GET", POLL, 0, ""), said(unit, "GET", POLL, 200, "a1")),
             heard(unit, "GET", POLL, 200, "a1"));
    assert_counts(&r, 1, 0, 0, 0); /* it never got there */
}

UNIT(a_device_s_log_is_read_strictly)
{
    static const char *const bad[] = {"x\n", "{}\n",
                                      "{\"at\":\"\",\"method\":\"GET\",\"path\":\"/\",\"status\":200}\n"};
    struct reconciled out;

    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *log = CAT(said(unit, "GET", POLL, 200, "a1"), bad[i]);

        REFUSES(ERR_INVALID, reconcile(unit->arena, "mfp-1", span_of(log), span_of(""), &out, &unit->err));
        SAYS("line 2 of the device's log");
    }
    MUST(reconcile(unit->arena, "mfp-1", span_of(""), span_of("\n\"\n= = \\\n a b request path=\" \\\n"),
                   &out, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(two_logs_of_the_same_requests_agree),
        UNIT_TEST(what_the_device_never_said_is_somebody_with_its_credentials),
        UNIT_TEST(what_the_service_never_heard_is_named),
        UNIT_TEST(a_line_that_says_something_else_by_the_same_number_is_different),
        UNIT_TEST(a_request_without_an_answer_stands_for_one_line_at_most),
        UNIT_TEST(a_device_s_log_is_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
