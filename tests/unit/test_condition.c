#include "http/condition.h"

#include "support/unit.h"

#define THEN "Sun, 13 Sep 2020 12:26:40 GMT" /* 1600000000 */
#define BEFORE "Sun, 13 Sep 2020 12:26:39 GMT"
#define AFTER "Sun, 13 Sep 2020 12:26:41 GMT"

/* clang-format off */
static const struct row {
    const char *if_match, *if_none_match, *if_unmodified, *if_modified, *if_range, *range;
    bool is_head;
    int status;
} rows[] = {
    /* if_match           if_none_match         unmodified  modified  if_range   range         head   status */
    { NULL,               NULL,                 NULL,       NULL,     NULL,      NULL,         false, 200 },
    { "\"v1\"",           NULL,                 NULL,       NULL,     NULL,      NULL,         false, 200 },
    { "\"v0\", \"v1\"",   NULL,                 NULL,       NULL,     NULL,      NULL,         false, 200 },
    { "*",                NULL,                 NULL,       NULL,     NULL,      NULL,         false, 200 },
    { "\"v2\"",           NULL,                 NULL,       NULL,     NULL,      NULL,         false, 412 },
    { "W/\"v1\"",         NULL,                 NULL,       NULL,     NULL,      NULL,         false, 412 },
    { "v1",               NULL,                 NULL,       NULL,     NULL,      NULL,         false, 412 },
    { "\"v1",             NULL,                 NULL,       NULL,     NULL,      NULL,         false, 412 },
    { "\"v2\"",           NULL,                 NULL,       NULL,     NULL,      "bytes=0-3",  false, 412 },
    /* If-Match counts, the date beside it does not. */
    { "\"v1\"",           NULL,                 BEFORE,     NULL,     NULL,      NULL,         false, 200 },
    { NULL,               NULL,                 BEFORE,     NULL,     NULL,      NULL,         false, 412 },
    { NULL,               NULL,                 THEN,       NULL,     NULL,      NULL,         false, 200 },
    { NULL,               NULL,                 "tomorrow", NULL,     NULL,      NULL,         false, 200 },
    { NULL,               "\"v1\"",             NULL,       NULL,     NULL,      NULL,         false, 304 },
    { NULL,               "W/\"v1\"",           NULL,       NULL,     NULL,      NULL,         false, 304 },
    { NULL,               "\"a,b\", \"v1\"",    NULL,       NULL,     NULL,      NULL,         false, 304 },
    { NULL,               "*",                  NULL,       NULL,     NULL,      NULL,         true,  304 },
    { NULL,               "\"v2\"",             NULL,       NULL,     NULL,      NULL,         false, 200 },
    { NULL,               "\"v2\"",             NULL,       AFTER,    NULL,      NULL,         false, 200 },
    { NULL,               "\"v1\"",             NULL,       NULL,     NULL,      "bytes=0-3",  false, 304 },
    { NULL,               NULL,                 NULL,       THEN,     NULL,      NULL,         false, 304 },
    { NULL,               NULL,                 NULL,       AFTER,    NULL,      NULL,         false, 304 },
    { NULL,               NULL,                 NULL,       BEFORE,   NULL,      NULL,         false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     NULL,      "bytes=0-3",  false, 206 },
    { NULL,               NULL,                 NULL,       NULL,     NULL,      "bytes=0-3",  true,  200 },
    { NULL,               NULL,                 NULL,       NULL,     NULL,      "bytes=100-", false, 416 },
    { NULL,               NULL,                 NULL,       NULL,     NULL,      "lines=1-2",  false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     "\"v1\"",  "bytes=0-3",  false, 206 },
    { NULL,               NULL,                 NULL,       NULL,     "\"v2\"",  "bytes=0-3",  false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     "\"v2\"",  "bytes=100-", false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     "W/\"v1\"","bytes=0-3",  false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     THEN,      "bytes=0-3",  false, 206 },
    { NULL,               NULL,                 NULL,       NULL,     AFTER,     "bytes=0-3",  false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     "rubbish", "bytes=0-3",  false, 200 },
    { NULL,               NULL,                 NULL,       NULL,     "\"v1\"",  NULL,         false, 200 },
};
/* clang-format on */

UNIT(the_order_of_conditions_is_that_of_rfc_9110)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct condition out;
        struct condition_facts facts = {
            .is_head = row->is_head,
            .has_ranges = true,
            .etag = "\"v1\"",
            .modified_ms = 1600000000999,
            .size = 100,
            .if_match = row->if_match,
            .if_none_match = row->if_none_match,
            .if_unmodified_since = row->if_unmodified,
            .if_modified_since = row->if_modified,
            .if_range = row->if_range,
            .range = row->range,
        };

        condition_judge(&facts, &out);
        if (out.status != row->status)
            fail_msg("row %zu: %d", i, out.status);
        assert_int_equal(out.count, row->status == 206 ? 1 : 0);
    }
}

UNIT(without_a_tag_or_a_date_only_the_star_matches)
{
    struct condition_facts facts = {.size = 10, .if_match = "\"v1\""};
    struct condition out;

    condition_judge(&facts, &out);
    assert_int_equal(out.status, 412);
    facts = (struct condition_facts){.size = 10, .if_none_match = "\"v1\"", .if_modified_since = THEN};
    condition_judge(&facts, &out);
    assert_int_equal(out.status, 200);
    facts = (struct condition_facts){.size = 10, .if_match = "*", .range = "bytes=0-3"};
    condition_judge(&facts, &out);
    assert_int_equal(out.status, 200); /* has_ranges is off */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_order_of_conditions_is_that_of_rfc_9110),
        UNIT_TEST(without_a_tag_or_a_date_only_the_star_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
