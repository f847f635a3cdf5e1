/* What is no checkpoint of the audit log: a verifier reads them out of files that anybody may have written. */
#include "signing/checkpoint.h"

#include "support/tuf_text.h"
#include "support/unit.h"

static const struct checkpoint good = {
    .tenant = "DEFAULT",
    .no = 7,
    .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .at_ms = 1790000000000,
};

static bool reads(struct unit *unit, const char *text, struct checkpoint *out)
{
    const struct json *envelope;

    MUST(json_parse(unit->arena, span_of(text), &envelope, &unit->err));
    return checkpoint_read(unit->arena, envelope, NULL, 0, out, &unit->err);
}

static const char *envelope_of(struct unit *unit)
{
    struct span body = span_of("");

    MUST(checkpoint_write(unit->arena, &good, &body, &unit->err));
    return arena_printf(unit->arena, "{\"signatures\":[],\"signed\":%s}", arena_text(unit->arena, body));
}

UNIT(what_was_written_is_read)
{
    struct checkpoint read = {0};

    MUST(reads(unit, envelope_of(unit), &read));
    assert_string_equal(read.tenant, "DEFAULT");
    assert_int_equal(read.no, 7);
    assert_string_equal(read.digest, good.digest);
    assert_int_equal(read.at_ms, good.at_ms);
}

UNIT(another_form_is_refused_by_member)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"audit-checkpoint", "targets", "_type"},
        {"\"digest\":\"0123", "\"digest\":\"012G", "digest"},
        {"\"digest\":\"0123", "\"digest\":\"012", "digest"},
        {"\"no\":7", "\"no\":0", "no"},
        {"\"no\":7", "\"no\":9007199254740993", "no"},
        {"\"no\":7", "\"no\":\"7\"", "no"},
        {"\"no\":7", "\"no\":7,\"spare\":1", "spare"},
        {"DEFAULT", "DE\\nFAULT", "tenant"},
        {"T14:13:20Z", "T14:13:20X", "time"},
        {"T14:13:20Z", "T25:13:20Z", "time"},
    };
    const char *text = envelope_of(unit);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct checkpoint read;

        REFUSES(ERR_INVALID, reads(unit, replaced(unit, text, cases[i].from, cases[i].to), &read));
        SAYS(cases[i].says);
    }
}

UNIT(what_would_not_be_read_is_not_written)
{
    struct checkpoint bad[] = {good, good, good, good};
    struct span body;

    bad[0].no = 0;
    bad[1].no = INT64_MAX;
    bad[2].digest = "0123";
    bad[3].digest = NULL;
    for (size_t i = 0; i < COUNT(bad); i++)
        REFUSES(ERR_INVALID, checkpoint_write(unit->arena, &bad[i], &body, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_was_written_is_read),
        UNIT_TEST(another_form_is_refused_by_member),
        UNIT_TEST(what_would_not_be_read_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
