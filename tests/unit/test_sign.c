#include "support/unit.h"

#include <unistd.h>

#include "base/text.h"
#include "tools/nightshift/sign.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define EXPIRES_MS 1800000000000

static struct span written(struct unit *unit, struct tuf_targets targets)
{
    struct span bytes;

    targets.expires_ms = EXPIRES_MS;
    MUST(tuf_targets_write(unit->arena, &targets, &bytes, &unit->err));
    return bytes;
}

static const struct tuf_target two[] = {{.path = "demo/1.0/system.bin", .length = 10, .sha256 = SHA_A},
                                        {.path = "demo/1.1/system.bin", .length = 12, .sha256 = SHA_B}};

UNIT(a_family_list_is_read_and_digested)
{
    struct span bytes = written(unit, (struct tuf_targets){.version = 2, .targets = two, .target_count = 2});
    struct sign_text text;

    MUST(sign_read(unit->arena, bytes, NULL, &text, &unit->err));
    assert_string_equal(text.family, "demo");
    assert_int_equal(text.targets.target_count, 2);
    assert_true(text_is_hex(text.digest, 64));
    MUST(sign_read(unit->arena, bytes, "demo", &text, &unit->err));
}

UNIT(another_familys_file_is_not_signed)
{
    static const struct tuf_target mixed[] = {
        {.path = "demo/1.0/system.bin", .length = 10, .sha256 = SHA_A},
        {.path = "other/1.0/system.bin", .length = 10, .sha256 = SHA_A}};
    struct span bytes =
        written(unit, (struct tuf_targets){.version = 1, .targets = mixed, .target_count = 2});
    struct sign_text text = {.family = "untouched"};

    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, bytes, NULL, &text, &unit->err));
    SAYS("other/1.0/system.bin");
    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, bytes, "demo", &text, &unit->err));
    bytes = written(unit, (struct tuf_targets){.version = 2, .targets = two, .target_count = 2});
    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, bytes, "dem", &text, &unit->err));
    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, bytes, "demo1", &text, &unit->err));
    assert_string_equal(text.family, "untouched");
}

UNIT(power_that_is_passed_on_is_not_signed)
{
    struct key_public key;
    const char *const paths[] = {"demo/*/*"};
    struct tuf_delegation delegation = {
        .name = "demo", .keys = {.keys = &key, .count = 1, .threshold = 1}, .paths = paths, .path_count = 1};
    struct sign_text text;
    struct span bytes;

    MUST(key_public_parse("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", &key,
                          &unit->err));
    bytes = written(unit, (struct tuf_targets){.version = 2,
                                               .targets = two,
                                               .target_count = 2,
                                               .delegations = &delegation,
                                               .delegation_count = 1});
    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, bytes, "demo", &text, &unit->err));
}

UNIT(one_devices_list_and_an_empty_list_are_not_signed)
{
    struct span device = written(
        unit, (struct tuf_targets){.version = 2, .targets = two, .target_count = 2, .device = "mfp-1"});
    struct span none = written(unit, (struct tuf_targets){.version = 1});
    struct sign_text text;

    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, device, "demo", &text, &unit->err));
    REFUSES(ERR_FORBIDDEN, sign_read(unit->arena, none, NULL, &text, &unit->err));
}

UNIT(other_roles_other_forms_and_rubbish_are_not_signed)
{
    struct span bytes = written(unit, (struct tuf_targets){.version = 2, .targets = two, .target_count = 2});
    struct tuf_meta meta = {.name = "snapshot.json", .version = 1, .length = 9, .sha256 = SHA_A};
    struct span timestamp, spaced = span_of(arena_printf(unit->arena, " %.*s", (int)bytes.size, bytes.at));
    struct sign_text text;

    MUST(tuf_timestamp_write(unit->arena, 1, EXPIRES_MS, &meta, NULL, &timestamp, &unit->err));
    assert_false(sign_read(unit->arena, timestamp, NULL, &text, &unit->err));
    assert_false(sign_read(unit->arena, spaced, NULL, &text, &unit->err));
    assert_false(sign_read(unit->arena, span_of("{}"), NULL, &text, &unit->err));
    assert_false(sign_read(unit->arena, span_of(""), NULL, &text, &unit->err));
}

/* What sign_explain says, by way of a pipe in stderr's place. */
static const char *explained(struct unit *unit, const struct sign_text *text,
                             const struct tuf_targets *before)
{
    struct cli cli = {.arena = unit->arena};
    char *said = arena_take(unit->arena, 4096);
    int pipes[2], kept = dup(STDERR_FILENO);

    assert_int_equal(pipe(pipes), 0);
    dup2(pipes[1], STDERR_FILENO);
    sign_explain(&cli, text, before);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(pipes[1]);
    close(kept);
    assert_true(read(pipes[0], said, 4095) > 0);
    close(pipes[0]);
    return said;
}

UNIT(what_is_added_removed_and_changed_is_said_in_words)
{
    static const struct tuf_target old[] = {{.path = "demo/0.9/system.bin", .length = 10, .sha256 = SHA_A},
                                            {.path = "demo/1.0/system.bin", .length = 10, .sha256 = SHA_B}};
    struct tuf_targets before = {.version = 1, .targets = old, .target_count = 2};
    struct span bytes = written(unit, (struct tuf_targets){.version = 2, .targets = two, .target_count = 2});
    struct sign_text text;
    const char *said;

    MUST(sign_read(unit->arena, bytes, "demo", &text, &unit->err));
    said = explained(unit, &text, &before);
    assert_non_null(strstr(said, "family demo"));
    assert_non_null(strstr(said, "list 2"));
    assert_non_null(strstr(said, "+ added   demo/1.1/system.bin"));
    assert_non_null(strstr(said, "! changed demo/1.0/system.bin"));
    assert_non_null(strstr(said, "- removed demo/0.9/system.bin"));
    assert_non_null(strstr(said, "never changes"));
    assert_non_null(strstr(said, text.digest));
}

UNIT(without_knowing_what_is_published_nothing_is_called_new)
{
    struct span bytes = written(unit, (struct tuf_targets){.version = 2, .targets = two, .target_count = 2});
    struct sign_text text;
    const char *said;

    MUST(sign_read(unit->arena, bytes, "demo", &text, &unit->err));
    said = explained(unit, &text, NULL);
    assert_null(strstr(said, "added"));
    assert_non_null(strstr(said, "not known here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_family_list_is_read_and_digested),
        UNIT_TEST(another_familys_file_is_not_signed),
        UNIT_TEST(power_that_is_passed_on_is_not_signed),
        UNIT_TEST(one_devices_list_and_an_empty_list_are_not_signed),
        UNIT_TEST(other_roles_other_forms_and_rubbish_are_not_signed),
        UNIT_TEST(what_is_added_removed_and_changed_is_said_in_words),
        UNIT_TEST(without_knowing_what_is_published_nothing_is_called_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
