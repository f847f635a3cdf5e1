#include "domain/failure.h"

#include "support/unit.h"

UNIT(words_and_codes_tell_the_class_and_what_nobody_knows_is_held_against_the_release)
{
    static const struct {
        int64_t code;
        const char *error;
        enum failure_class is;
    } said[] = {
        {0, "engine.img: cut off", FAILURE_TRANSIENT},
        {0, "Operation Timed Out after 30000 ms", FAILURE_TRANSIENT},
        {75, "whatever it says", FAILURE_TRANSIENT},
        {0, "Could not resolve host: updates.example", FAILURE_SITE},
        {0, "Received HTTP code 407 from proxy after CONNECT", FAILURE_SITE},
        {69, "", FAILURE_SITE},
        {0, "write: No space left on device", FAILURE_DEVICE},
        {74, "cut off", FAILURE_DEVICE}, /* the code knows better */
        {0, "the deployment's SHA-256 is not the one that was signed", FAILURE_PACKAGE},
        {0, "self-test: timeout of the scanner", FAILURE_PACKAGE}, /* and the first word that fits */
        {0, "after the restart engine is 1.0, not 2.0", FAILURE_PACKAGE},
        {0, "SCN-SELFTEST", FAILURE_PACKAGE},
        {0, "F070", FAILURE_PACKAGE},
        {0, "", FAILURE_PACKAGE},
        {9020, "in use until its window ended: busy: memory-low", FAILURE_DEVICE},
    };

    (void)unit;
    for (size_t i = 0; i < COUNT(said); i++)
        if (failure_of(said[i].code, said[i].error) != said[i].is)
            fail_msg("%lld '%s' is %s", (long long)said[i].code, said[i].error,
                     failure_class_name[failure_of(said[i].code, said[i].error)]);
}

UNIT(only_what_may_pass_is_tried_again_by_itself_and_never_for_ever)
{
    enum failure_class is;

    (void)unit;
    assert_int_equal(failure_pause_ms(FAILURE_TRANSIENT, 1, 3), 5 * 60000);
    assert_int_equal(failure_pause_ms(FAILURE_TRANSIENT, 2, 3), 15 * 60000);
    assert_int_equal(failure_pause_ms(FAILURE_TRANSIENT, 3, 3), 0);
    assert_int_equal(failure_pause_ms(FAILURE_SITE, 1, 3), 30 * 60000);
    assert_int_equal(failure_pause_ms(FAILURE_DEVICE, 1, 3), 0);
    assert_int_equal(failure_pause_ms(FAILURE_PACKAGE, 1, 3), 0);
    assert_int_equal(failure_pause_ms(FAILURE_TRANSIENT, TRIES_MAX, 1000), 0);
    for (int i = 0; i < FAILURE_CLASS__MAX; i++) {
        assert_true(failure_class_parse(failure_class_name[i], &is) && is == (enum failure_class)i);
        for (int64_t tries = 1; tries <= TRIES_MAX; tries++) /* a day at most, whatever is asked for */
            assert_true(failure_pause_ms((enum failure_class)i, tries, TRIES_MAX) <= 24 * 3600000LL);
    }
    assert_false(failure_class_parse("bad luck", &is));
}

UNIT(a_night_in_use_is_tried_again_the_next_one_but_not_for_ever)
{
    (void)unit;
    assert_int_equal(failure_retry_ms(9020, "never idle in 8 h", 1, 1), 8 * 3600000LL);
    assert_int_equal(failure_retry_ms(9020, "never idle in 8 h", TRIES_MAX - 1, 1), 8 * 3600000LL);
    assert_int_equal(failure_retry_ms(9020, "never idle in 8 h", TRIES_MAX, TRIES_MAX + 1), 0);
    assert_int_equal(failure_retry_ms(0, "cut off", 1, 3), 5 * 60000);
    assert_int_equal(failure_retry_ms(0, "self-test", 1, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(words_and_codes_tell_the_class_and_what_nobody_knows_is_held_against_the_release),
        UNIT_TEST(only_what_may_pass_is_tried_again_by_itself_and_never_for_ever),
        UNIT_TEST(a_night_in_use_is_tried_again_the_next_one_but_not_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
