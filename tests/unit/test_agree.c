#include "support/unit.h"

#include "base/text.h"
#include "tools/agent/parts.h"

#define DIGEST "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER "2222222222222222222222222222222222222222222222222222222222222222"
#define CUSTOM                                                                                               \
    "{\"hardware_ids\":[\"L\",\"M\"],\"min_from\":\"1.0\",\"module\":\"system\",\"release_counter\":4,"      \
    "\"version\":\"2.0\"}"

enum side { PART, DIRECTOR, IMAGE, ALL };

/* One difference from what everybody agrees on, at one of the three or at all, and what it is called. */
/* clang-format off */
static const struct row {
    enum side side;
    const char *from, *to; /* in custom; NULL: see the others */
    int64_t length;
    const char *digest;
    enum attack attack;
} table[] = {
    { PART,     NULL,                      NULL,                        1001, NULL,  ATTACK_MISMATCH_LENGTH },
    { DIRECTOR, NULL,                      NULL,                        1001, NULL,  ATTACK_MISMATCH_LENGTH },
    { IMAGE,    NULL,                      NULL,                        1001, NULL,  ATTACK_MISMATCH_LENGTH },
    { PART,     NULL,                      NULL,                        0,    OTHER, ATTACK_MISMATCH_HASH },
    { DIRECTOR, NULL,                      NULL,                        0,    OTHER, ATTACK_MISMATCH_HASH },
    { IMAGE,    NULL,                      NULL,                        0,    OTHER, ATTACK_MISMATCH_HASH },
    { DIRECTOR, "\"L\",\"M\"",             "\"M\"",                     0,    NULL,  ATTACK_MISMATCH_HARDWARE },
    { IMAGE,    "\"L\",\"M\"",             "\"M\"",                     0,    NULL,  ATTACK_MISMATCH_HARDWARE },
    { DIRECTOR, "\"module\":\"system\"",   "\"module\":\"engine\"",     0,    NULL,  ATTACK_MISMATCH_MODULE },
    { ALL,      "\"module\":\"system\"",   "\"module\":\"engine\"",     0,    NULL,  ATTACK_MISMATCH_MODULE },
    { DIRECTOR, "\"version\":\"2.0\"",     "\"version\":\"2.1\"",       0,    NULL,  ATTACK_MISMATCH_VERSION },
    { ALL,      "\"version\":\"2.0\"",     "\"version\":\"2.1\"",       0,    NULL,  ATTACK_MISMATCH_VERSION },
    { DIRECTOR, "\"min_from\":\"1.0\"",    "\"min_from\":\"\"",         0,    NULL,  ATTACK_MISMATCH_VERSION },
    { DIRECTOR, "\"release_counter\":4",   "\"release_counter\":5",     0,    NULL,  ATTACK_MISMATCH_COUNTER },
    { IMAGE,    "\"release_counter\":4",   "\"release_counter\":5",     0,    NULL,  ATTACK_MISMATCH_COUNTER },
    { ALL,      "\"L\",\"M\"",             "\"L\"",                     0,    NULL,  ATTACK_WRONG_HARDWARE },
    { ALL,      "\"module\"",              "\"family\":\"G\",\"module\"", 0,  NULL,  ATTACK_WRONG_HARDWARE },
    { ALL,      "\"release_counter\":4",   "\"release_counter\":2",     0,    NULL,  ATTACK_OLD_RELEASE },
    { ALL,      "\"release_counter\":4",   "\"release_counter\":\"4\"", 0,    NULL,  ATTACK_MALFORMED },
    { IMAGE,    "{\"hardware_ids\"",       "[{\"hardware_ids\"",        0,    NULL,  ATTACK_MALFORMED },
    { ALL,      "\"min_from\":\"1.0\"",    "\"min_from\":\"9.0\"",      0,    NULL,  ATTACK_NONE },
};
/* clang-format on */

static const char *changed(struct unit *unit, const struct row *row, bool is_meant)
{
    const char *at = row->from && is_meant ? strstr(CUSTOM, row->from) : NULL;

    if (!at)
        return CUSTOM;
    return arena_printf(unit->arena, "%.*s%s%s", (int)(at - CUSTOM), CUSTOM, row->to, at + strlen(row->from));
}

static struct tuf_target target_of(struct unit *unit, const struct row *row, enum side side)
{
    bool is_meant = row->side == side || row->side == ALL;

    return (struct tuf_target){.path = "F/2.0/system.bin",
                               .length = is_meant && row->length ? row->length : 1000,
                               .sha256 = is_meant && row->digest ? row->digest : DIGEST,
                               .custom = span_of(changed(unit, row, is_meant))};
}

static enum attack verdict(struct unit *unit, const struct row *row, struct agreed *agreed)
{
    const struct tuf_target directed = target_of(unit, row, DIRECTOR), image = target_of(unit, row, IMAGE),
                            part_like = target_of(unit, row, PART);
    const struct agent_part part = {.component = "system",
                                    .version = "2.0",
                                    .file = "system.bin",
                                    .url = "x",
                                    .sha256 = part_like.sha256,
                                    .target = "F/2.0/system.bin",
                                    .size = part_like.length};
    const struct agreement of = {
        .part = &part, .directed = &directed, .image = &image, .family = "F", .model = "M", .counter = 3};
    enum attack attack = ATTACK__MAX;
    bool is_agreed = agent_agree(unit->arena, &of, agreed, &attack, &unit->err);

    assert_int_equal(is_agreed, attack == ATTACK_NONE);
    return attack;
}

UNIT(what_all_say_alike_is_agreed_on)
{
    const struct row none = {.side = PART};
    struct agreed agreed = {0};

    assert_int_equal(verdict(unit, &none, &agreed), ATTACK_NONE);
    assert_int_equal(agreed.counter, 4);
    assert_string_equal(agreed.min_from, "1.0");
}

UNIT(each_difference_has_its_name)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        struct agreed agreed;
        enum attack attack = verdict(unit, &table[i], &agreed);

        if (attack != table[i].attack)
            fail_msg("row %zu: %s instead of %s", i, attack_name[attack], attack_name[table[i].attack]);
    }
}

/* Every name of a disagreement is met by a row above. */
UNIT(no_rule_is_without_a_row)
{
    for (enum attack attack = ATTACK_MISMATCH_LENGTH; attack < ATTACK__MAX; attack++) {
        size_t rows = 0;

        for (size_t i = 0; i < COUNT(table); i++)
            rows += table[i].attack == attack;
        if (rows == 0)
            fail_msg("nothing here is a %s", attack_name[attack]);
    }
}

UNIT(names_are_read_back_and_others_are_not)
{
    enum attack attack;

    for (enum attack each = ATTACK_MALFORMED; each < ATTACK__MAX; each++) {
        assert_true(attack_parse(attack_name[each], &attack));
        assert_int_equal(attack, each);
    }
    assert_false(attack_parse("none", &attack));
    assert_false(attack_parse("", &attack));
}

UNIT(only_what_is_named_for_the_action_is_assigned)
{
    const struct tuf_target targets[] = {
        {.path = "F/2.0/a.bin", .custom = span_of("{\"action\":\"7\"}")},
        {.path = "F/2.0/b.bin", .custom = span_of("{\"action\":\"6\"}")},
        {.path = "F/1.0/c.bin", .custom = span_of("{}")},
    };
    const struct tuf_targets directed = {.targets = targets, .target_count = COUNT(targets)};

    assert_ptr_equal(agent_assigned(unit->arena, &directed, "7", "F/2.0/a.bin"), &targets[0]);
    assert_null(agent_assigned(unit->arena, &directed, "7", "F/2.0/b.bin"));
    assert_null(agent_assigned(unit->arena, &directed, "7", "F/1.0/c.bin"));
    assert_null(agent_assigned(unit->arena, &directed, "", "F/1.0/c.bin"));
    assert_int_equal(agent_assigned_count(unit->arena, &directed, "7"), 1);
    assert_int_equal(agent_assigned_count(unit->arena, &directed, "8"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_all_say_alike_is_agreed_on),
        UNIT_TEST(each_difference_has_its_name),
        UNIT_TEST(no_rule_is_without_a_row),
        UNIT_TEST(names_are_read_back_and_others_are_not),
        UNIT_TEST(only_what_is_named_for_the_action_is_assigned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
