#include "base/json.h"

#include "support/unit.h"

struct order {
    const char *name, *note;
    int64_t percent, count;
    bool is_forced, is_dry;
    const struct json *list, *models, *plan, *extra, *any;
};

static const struct order before = {.note = "old", .count = 5, .is_dry = true};

static bool read_order(struct unit *unit, const char *text, bool is_lenient, struct order *out)
{
    const struct json_field fields[] = {
        JSON_TEXT("name", out->name, 1, 4),
        JSON_INT("percent", out->percent, 1, 100),
        JSON_BOOL("forced", out->is_forced),
        JSON_LIST_OF("list", out->list, 2),
        JSON_OBJECT_OF("plan", out->plan),
        JSON_OPT_TEXT("note", out->note, 0, 4),
        JSON_OPT_INT("count", out->count, -1, 9),
        JSON_OPT_BOOL("dry", out->is_dry),
        JSON_OPT_LIST_OF("models", out->models, 2),
        JSON_OPT_OBJECT_OF("extra", out->extra),
        JSON_OPT_ANY("any", out->any),
    };
    const struct json *object;

    *out = before;
    MUST(json_parse(unit->arena, span_of(text), &object, &unit->err));
    return is_lenient ? json_read_lenient(object, fields, COUNT(fields), &unit->err)
                      : json_read(object, fields, COUNT(fields), &unit->err);
}

#define REQUIRED "\"name\":\"n\",\"percent\":10,\"forced\":true,\"list\":[1,2],\"plan\":{}"

UNIT(all_members_arrive)
{
    struct order order;

    MUST(read_order(unit,
                    "{" REQUIRED
                    ",\"note\":\"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\",\"count\":-1,"
                    "\"dry\":false,\"models\":[],\"extra\":{\"a\":1},\"any\":3}",
                    false, &order));
    assert_string_equal("n", order.name);
    assert_int_equal(12, strlen(order.note));
    assert_int_equal(10, order.percent);
    assert_int_equal(-1, order.count);
    assert_true(order.is_forced && !order.is_dry);
    assert_int_equal(2, json_count(order.list));
    assert_int_equal(1, json_count(order.extra));
    assert_int_equal(JSON_INTEGER, json_kind(order.any));
}

UNIT(optional_members_absent_or_null_leave_what_was)
{
    static const char *const texts[] = {
        "{" REQUIRED "}",
        "{" REQUIRED
        ",\"note\":null,\"count\":null,\"dry\":null,\"models\":null,\"extra\":null,\"any\":null}",
    };
    struct order order;

    for (size_t i = 0; i < COUNT(texts); i++) {
        MUST(read_order(unit, texts[i], false, &order));
        assert_string_equal("old", order.note);
        assert_int_equal(5, order.count);
        assert_true(order.is_dry);
        assert_null(order.any);
    }
}

/* clang-format off */
static const struct { const char *text, *says; } refused[] = {
    {"[]",                                                                               "object is expected"},
    {"{}",                                                                               "\"name\" is missing"},
    {"{\"name\":null,\"percent\":10,\"forced\":true,\"list\":[],\"plan\":{}}",           "\"name\" must be text"},
    {"{\"name\":\"\",\"percent\":10,\"forced\":true,\"list\":[],\"plan\":{}}",           "\"name\" must be 1 to 4 characters"},
    {"{\"name\":\"abcde\",\"percent\":10,\"forced\":true,\"list\":[],\"plan\":{}}",      "\"name\" must be 1 to 4 characters"},
    {"{\"name\":\"a\\u0000b\",\"percent\":10,\"forced\":true,\"list\":[],\"plan\":{}}",  "\"name\" must not hold a NUL"},
    {"{\"name\":\"n\",\"percent\":0,\"forced\":true,\"list\":[],\"plan\":{}}",           "\"percent\" must be 1 to 100"},
    {"{\"name\":\"n\",\"percent\":5.0,\"forced\":true,\"list\":[],\"plan\":{}}",         "\"percent\" must be a whole number"},
    {"{\"name\":\"n\",\"percent\":10,\"forced\":1,\"list\":[],\"plan\":{}}",             "\"forced\" must be true or false"},
    {"{\"name\":\"n\",\"percent\":10,\"forced\":true,\"list\":[1,2,3],\"plan\":{}}",     "\"list\" must be 0 to 2 items"},
    {"{\"name\":\"n\",\"percent\":10,\"forced\":true,\"list\":{},\"plan\":{}}",          "\"list\" must be a list"},
    {"{\"name\":\"n\",\"percent\":10,\"forced\":true,\"list\":[],\"plan\":[]}",          "\"plan\" must be an object"},
    {"{" REQUIRED ",\"note\":5}",                                                        "\"note\" must be text"},
    {"{" REQUIRED ",\"count\":10}",                                                      "\"count\" must be -1 to 9"},
    {"{" REQUIRED ",\"dry\":\"true\"}",                                                  "\"dry\" must be true or false"},
    {"{" REQUIRED ",\"models\":[1,2,3]}",                                                "\"models\" must be 0 to 2 items"},
    {"{" REQUIRED ",\"extra\":[]}",                                                      "\"extra\" must be an object"},
};
/* clang-format on */

UNIT(refusals_name_the_member_and_leave_everything_untouched)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        for (int is_lenient = 0; is_lenient <= 1; is_lenient++) {
            struct order order;

            REFUSES(ERR_INVALID, read_order(unit, refused[i].text, is_lenient, &order));
            if (!strstr(unit->err.text, refused[i].says))
                fail_msg("%s: %s", refused[i].text, unit->err.text);
            assert_memory_equal(&before, &order, sizeof(order));
        }
    }
}

UNIT(an_unknown_member_is_named_by_the_strict_and_ignored_by_the_lenient)
{
    struct order order;

    REFUSES(ERR_INVALID, read_order(unit, "{" REQUIRED ",\"colour\":1}", false, &order));
    SAYS("\"colour\" is unknown");
    MUST(read_order(unit, "{" REQUIRED ",\"colour\":1}", true, &order));
    assert_int_equal(10, order.percent);
}

UNIT(many_unknown_members_are_refused_too)
{
    struct buf buf = {.arena = unit->arena};
    struct order order;

    buf_text(&buf, "{" REQUIRED);
    for (int i = 0; i < 20000; i++)
        buf_printf(&buf, ",\"m%d\":%d", i, i);
    buf_text(&buf, "}");
    REFUSES(ERR_INVALID, read_order(unit, buf_cstr(&buf), false, &order));
    SAYS("\"m0\" is unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(all_members_arrive),
        UNIT_TEST(optional_members_absent_or_null_leave_what_was),
        UNIT_TEST(refusals_name_the_member_and_leave_everything_untouched),
        UNIT_TEST(an_unknown_member_is_named_by_the_strict_and_ignored_by_the_lenient),
        UNIT_TEST(many_unknown_members_are_refused_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
