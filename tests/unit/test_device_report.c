/* Signed device reports: their bytes, what is refused, and what a report is to those before it. */
#include "domain/device_report.h"

#include "base/text.h"
#include "support/golden.h"
#include "support/reported.h"
#include "support/tuf_text.h"
#include "support/unit.h"

static bool reads(struct unit *unit, const char *text, struct device_report *out)
{
    char digest[65];

    return device_report_read(unit->arena, span_of(text), out, digest, &unit->err);
}

UNIT(the_bytes_of_a_report_stay)
{
    const char *text = reported_text(unit->arena, reported_of("mfp-1", 3, 'a'), 7);

    golden_check(unit, "device_report", span_of(text));
}

UNIT(what_was_written_is_read)
{
    struct device_report report = reported_of("mfp-1", 3, 'a'), read;

    report.attack = ATTACK_FREEZE;
    MUST(reads(unit, reported_text(unit->arena, report, 7), &read));
    assert_string_equal(read.device, "mfp-1");
    assert_int_equal(read.counter, 3);
    assert_int_equal(read.attack, ATTACK_FREEZE);
    assert_int_equal(read.image.root, 2);
    assert_int_equal(read.director.timestamp, 4);
    assert_int_equal(read.part_count, 2);
    assert_string_equal(read.parts[0].target, "aurora/2.0/system.bin");
    assert_string_equal(read.parts[1].sha256, "");
    assert_int_equal(read.key_count[REPORTED_ROOT], 2);
}

/* Each is refused though its signature would be right: or is not by the key that it names. */
UNIT(another_form_is_refused_by_member)
{
    struct device_report report = reported_of("mfp-1", 3, 'a'), read;
    struct reported_part twice[] = {{"system", "1", "", ""}, {"system", "2", "", ""}};
    struct span body;

    report.key = arena_printf(unit->arena, "%064d", 0);
    report.counter = 0;
    REFUSES(ERR_INVALID, device_report_write(unit->arena, &report, &body, &unit->err));
    SAYS("counter");
    report = reported_of("mfp\n1", 3, 'a');
    report.key = arena_printf(unit->arena, "%064d", 0);
    REFUSES(ERR_INVALID, device_report_write(unit->arena, &report, &body, &unit->err));
    SAYS("control");
    report = reported_of("mfp-1", 3, 'a');
    report.key = arena_printf(unit->arena, "%064d", 0);
    report.parts = twice;
    REFUSES(ERR_INVALID, device_report_write(unit->arena, &report, &body, &unit->err));
    SAYS("twice");
    REFUSES(ERR_INVALID, reads(unit, "{\"signatures\":[],\"signed\":{}}", &read));
    REFUSES(ERR_INVALID, reads(unit, "[]", &read));
}

UNIT(a_changed_report_is_no_longer_signed)
{
    static const char *const changes[][2] = {
        {"\"counter\":3", "\"counter\":4"},
        {"\"attack\":\"none\"", "\"attack\":\"freeze\""},
        {"\"root\":2", "\"root\":3"},
        {"\"2.0\"", "\"2.1\""},
        {"mfp-1", "mfp-2"},
    };
    const char *text = reported_text(unit->arena, reported_of("mfp-1", 3, 'a'), 7);
    struct device_report read;

    for (size_t i = 0; i < COUNT(changes); i++) {
        REFUSES(ERR_FORBIDDEN, reads(unit, replaced(unit, text, changes[i][0], changes[i][1]), &read));
        SAYS("not signed by the key that it names");
    }
    REFUSES(ERR_INVALID, reads(unit, replaced(unit, text, "\"key\":", "\"spare\":1,\"key\":"), &read));
    REFUSES(ERR_INVALID, reads(unit, replaced(unit, text, "\"none\"", "\"bad luck\""), &read));
    SAYS("attack");
}

UNIT(what_is_no_report_is_refused_before_its_signature_is_looked_at)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"device-report", "targets", "_type"},
        {"\"counter\":3", "\"counter\":0", "counter"},
        {"mfp-1", "", "device"},
        {"mfp-1", "mfp\\u00071", "device"},
        {"\"version\":\"2.0\"", "\"version\":\"2\\u00070\"", "version"},
        {"\"sha256\":\"e3b0", "\"sha256\":\"E3b0", "sha256"},
        {"\"key\":\"ea", "\"key\":\"EA", "key"},
        {"\"nonce\":\"aa", "\"nonce\":\"zz", "nonce"},
        {"\"online\":[\"aa", "\"online\":[\"zz", "online"},
        {"\"component\":\"scanner\"", "\"component\":\"system\"", "twice"},
        {"\"tenant\":\"DEFAULT\"", "\"tenant\":\"\"", "tenant"},
    };
    const char *text = reported_text(unit->arena, reported_of("mfp-1", 3, 'a'), 7);
    char *much = arena_take(unit->arena, DEVICE_REPORT_BYTES_MAX + 2);
    struct device_report read;

    for (size_t i = 0; i < COUNT(cases); i++) {
        REFUSES(ERR_INVALID, reads(unit, replaced(unit, text, cases[i].from, cases[i].to), &read));
        SAYS(cases[i].says);
    }
    memset(much, ' ', DEVICE_REPORT_BYTES_MAX + 1);
    much[DEVICE_REPORT_BYTES_MAX + 1] = '\0';
    REFUSES(ERR_TOO_LARGE, reads(unit, much, &read));
}

/* ---- the next, the same, an old one, a second machine ---------------------------------------------- */

UNIT(a_report_is_weighed_against_those_before_it)
{
    static const struct {
        int64_t last, oldest, counter;
        const char *remembered, *digest;
        enum sequel is;
    } cases[] = {
        {0, 0, 1, "", "a", SEQUEL_NEXT},      /* the first */
        {0, 0, 9, "", "a", SEQUEL_NEXT},      /* those before it were refused, or registered elsewhere */
        {5, 1, 6, "", "f", SEQUEL_NEXT},      /* the next */
        {5, 1, 8, "", "f", SEQUEL_NEXT},      /* a gap: kept, and refused for good */
        {5, 1, 5, "e", "e", SEQUEL_AGAIN},    /* its answer was lost: the same bytes once more */
        {5, 1, 3, "c", "c", SEQUEL_REPLAY},   /* somebody kept it */
        {5, 1, 5, "e", "x", SEQUEL_FORK},     /* two machines chose the next word */
        {5, 1, 3, "c", "x", SEQUEL_FORK},     /* one was set back to a copy */
        {9, 1, 7, "", "x", SEQUEL_FORK},      /* below the last, and never said by the first */
        {99, 36, 36, "", "x", SEQUEL_FORK},   /* the oldest that is remembered */
        {99, 36, 35, "", "x", SEQUEL_REPLAY}, /* older: it cannot be told from a replay */
    };

    (void)unit;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sequel_facts facts = {
            .last = cases[i].last, .oldest = cases[i].oldest, .digest = cases[i].remembered};

        if (sequel_of(&facts, cases[i].counter, cases[i].digest) != cases[i].is)
            fail_msg("case %zu", i);
    }
}

/* Persist, send, lose the answer, send again, at each point of a crash: never a fork. */
UNIT(a_machine_that_crashes_anywhere_never_looks_like_two)
{
    for (int sent_before = 0; sent_before < 2; sent_before++) {
        struct sequel_facts facts = {
            .last = sent_before ? 4 : 3, .oldest = 1, .digest = sent_before ? "d" : ""};

        assert_int_equal(sequel_of(&facts, 4, "d"), sent_before ? SEQUEL_AGAIN : SEQUEL_NEXT);
        facts = (struct sequel_facts){.last = 4, .oldest = 1, .digest = ""};
        assert_int_equal(sequel_of(&facts, 5, "e"), SEQUEL_NEXT);
    }
    (void)unit;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_bytes_of_a_report_stay),
        UNIT_TEST(what_was_written_is_read),
        UNIT_TEST(another_form_is_refused_by_member),
        UNIT_TEST(a_changed_report_is_no_longer_signed),
        UNIT_TEST(what_is_no_report_is_refused_before_its_signature_is_looked_at),
        UNIT_TEST(a_report_is_weighed_against_those_before_it),
        UNIT_TEST(a_machine_that_crashes_anywhere_never_looks_like_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
