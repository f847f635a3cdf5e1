#include "base/settings.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "support/unit.h"

/* clang-format off */
static const struct { const char *name; enum { TEXT, INT, BOOL } type; int64_t min, max; } rows[] = {
#define SETTING_TEXT(name, value, help)          {#name, TEXT, 0, 0},
#define SETTING_INT(name, value, min, max, help) {#name, INT, min, max},
#define SETTING_BOOL(name, value, help)          {#name, BOOL, 0, 0},
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_INT
#undef SETTING_BOOL
};
/* clang-format on */

static bool set(struct unit *unit, struct settings *out, const char *name, const char *value)
{
    return settings_set(unit->arena, out, name, value, &unit->err);
}

static bool set_number(struct unit *unit, struct settings *out, const char *name, int64_t value)
{
    return set(unit, out, name, arena_printf(unit->arena, "%lld", (long long)value));
}

UNIT(every_row_takes_its_bounds_and_refuses_what_is_beyond)
{
    struct settings s;

    settings_default(&s);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].type == TEXT) {
            MUST(set(unit, &s, rows[i].name, "anything"));
        } else if (rows[i].type == BOOL) {
            MUST(set(unit, &s, rows[i].name, "yes"));
            REFUSES(ERR_INVALID, set(unit, &s, rows[i].name, "maybe"));
            SAYS(rows[i].name);
        } else {
            MUST(set_number(unit, &s, rows[i].name, rows[i].min));
            MUST(set_number(unit, &s, rows[i].name, rows[i].max));
            REFUSES(ERR_INVALID, set_number(unit, &s, rows[i].name, rows[i].min - 1));
            REFUSES(ERR_INVALID, set_number(unit, &s, rows[i].name, rows[i].max + 1));
            SAYS(rows[i].name);
        }
    }
    assert_int_equal(65535, s.port);
    assert_true(s.dev);
    assert_string_equal("anything", s.log_level);
}

UNIT(defaults_are_those_of_the_table_and_within_their_bounds)
{
    struct settings s;

    settings_default(&s);
#define SETTING_TEXT(name, value, help) assert_string_equal(value, s.name);
#define SETTING_INT(name, value, min, max, help)                                                             \
    assert_true(s.name == (value) && s.name >= (min) && s.name <= (max));
#define SETTING_BOOL(name, value, help) assert_true(s.name == (value));
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_INT
#undef SETTING_BOOL
}

UNIT(a_bool_has_six_words)
{
    static const char *const on[] = {"true", "yes", "1"}, *const off[] = {"false", "no", "0"};
    struct settings s;

    settings_default(&s);
    for (size_t i = 0; i < COUNT(on); i++) {
        MUST(set(unit, &s, "dev", on[i]));
        assert_true(s.dev);
        MUST(set(unit, &s, "dev", off[i]));
        assert_false(s.dev);
    }
    REFUSES(ERR_INVALID, set(unit, &s, "dev", "TRUE"));
    REFUSES(ERR_INVALID, set(unit, &s, "dev", ""));
}

UNIT(an_unknown_setting_is_named)
{
    struct settings s;

    settings_default(&s);
    REFUSES(ERR_INVALID, set(unit, &s, "prot", "1"));
    SAYS("\"prot\"");
    REFUSES(ERR_INVALID, set(unit, &s, "", "1"));
}

static bool read_file(struct unit *unit, struct span text, struct settings *out)
{
    AUTO(fd_closep) int fd = memfd_create("settings", MFD_CLOEXEC);

    assert_true(fd >= 0);
    MUST(file_write_all(fd, text, &unit->err));
    return settings_file(unit->arena, arena_printf(unit->arena, "/proc/self/fd/%d", fd), out, &unit->err);
}

UNIT(a_file_sets_what_it_names_and_nothing_else)
{
    struct settings s, plain;

    settings_default(&plain);
    s = plain;
    MUST(
        read_file(unit,
                  span_of("# how we run it\n\n  port = 1234 \r\n\tdata_dir=/srv/a = b\ndev = yes\n#port = 1\n"
                          "public_url ="),
                  &s));
    assert_int_equal(1234, s.port);
    assert_string_equal("/srv/a = b", s.data_dir);
    assert_true(s.dev);
    assert_string_equal("", s.public_url);
    assert_int_equal(plain.threads, s.threads);
    MUST(read_file(unit, span_of(""), &s));
}

UNIT(a_bad_file_names_the_line_and_changes_nothing)
{
    /* clang-format off */
    static const struct { const char *text, *says; } bad[] = {
        {"port = 1\nprot = 2\n",      "line 2: there is no setting \"prot\""},
        {"port = 1\n\nport = x\n",    "line 3: port must be a whole number"},
        {"port = 1\nport\n",          "line 2: \"name = value\""},
        {"port = 1\n= 3\n",           "line 2: there is no setting \"\""},
        {"port = 1 # one\n",          "line 1: port must be"},
        {"[server]\nport = 1\n",      "line 1: \"name = value\""},
    };
    /* clang-format on */
    struct settings s, before;

    settings_default(&s);
    before = s;
    for (size_t i = 0; i < COUNT(bad); i++) {
        REFUSES(ERR_INVALID, read_file(unit, span_of(bad[i].text), &s));
        SAYS(bad[i].says);
        assert_memory_equal(&before, &s, sizeof(s));
    }
    REFUSES(ERR_INVALID, read_file(unit, span_make("port = 1\0\n", 10), &s));
    REFUSES(ERR_TOO_LARGE, read_file(unit, span_make(arena_take(unit->arena, 70000), 70000), &s));
    REFUSES(ERR_NOT_FOUND, settings_file(unit->arena, "/nonexistent/settings", &s, &unit->err));
}

static void clear_environment(void)
{
    for (char **entry = environ; *entry;) {
        if (text_starts(*entry, "NIGHTSHIFT_")) {
            char name[200];

            snprintf(name, sizeof(name), "%.*s", (int)strcspn(*entry, "="), *entry);
            unsetenv(name);
            entry = environ;
        } else {
            entry++;
        }
    }
}

UNIT(the_environment_sets_upper_case_names)
{
    struct settings s;

    clear_environment();
    settings_default(&s);
    setenv("NIGHTSHIFT_PORT", "77", 1);
    setenv("NIGHTSHIFT_DATA_DIR", "/srv=x", 1);
    setenv("NIGHTSHIFT_TOKEN", "secret", 1);
    setenv("NIGHTSHIFT_URL", "https://x", 1);
    setenv("NIGHTSHIFT_CA", "ca.pem", 1);
    MUST(settings_environment(unit->arena, &s, &unit->err));
    assert_int_equal(77, s.port);
    assert_string_equal("/srv=x", s.data_dir);
    clear_environment();
}

UNIT(an_unknown_name_in_the_environment_is_refused)
{
    static const char *const bad[] = {"NIGHTSHIFT_PROT", "NIGHTSHIFT_port", "NIGHTSHIFT_",
                                      "NIGHTSHIFT_TOKENS"};
    struct settings s;

    settings_default(&s);
    for (size_t i = 0; i < COUNT(bad); i++) {
        clear_environment();
        setenv("NIGHTSHIFT_THREADS", "9", 1);
        setenv(bad[i], "1", 1);
        REFUSES(ERR_INVALID, settings_environment(unit->arena, &s, &unit->err));
        SAYS(bad[i]);
        assert_int_not_equal(9, s.threads);
    }
    clear_environment();
}

UNIT(the_help_names_every_setting_in_80_columns)
{
    struct span rest = span_of(settings_help(unit->arena)), line;
    const char *help = rest.at;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_non_null(strstr(help, arena_printf(unit->arena, "  %s = ", rows[i].name)));
    while (text_split(&rest, '\n', &line))
        if (line.size > 80)
            fail_msg("%zu columns: %.*s", line.size, (int)line.size, line.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_row_takes_its_bounds_and_refuses_what_is_beyond),
        UNIT_TEST(defaults_are_those_of_the_table_and_within_their_bounds),
        UNIT_TEST(a_bool_has_six_words),
        UNIT_TEST(an_unknown_setting_is_named),
        UNIT_TEST(a_file_sets_what_it_names_and_nothing_else),
        UNIT_TEST(a_bad_file_names_the_line_and_changes_nothing),
        UNIT_TEST(the_environment_sets_upper_case_names),
        UNIT_TEST(an_unknown_name_in_the_environment_is_refused),
        UNIT_TEST(the_help_names_every_setting_in_80_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
