#include "base/settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#define FILE_MAX_BYTES (64 * 1024)
#define ENVIRONMENT "NIGHTSHIFT_"

struct setting {
    const char *name;
    enum { SETTING_IS_TEXT, SETTING_IS_INT, SETTING_IS_BOOL } type;
    size_t offset; /* in struct settings */
    const char *text;
    int64_t number, min, max; /* a bool is a number from 0 to 1 */
    const char *help;
};

#define SETTING_TEXT(name, value, help)                                                                      \
    {#name, SETTING_IS_TEXT, offsetof(struct settings, name), value, 0, 0, 0, help},
#define SETTING_INT(name, value, min, max, help)                                                             \
    {#name, SETTING_IS_INT, offsetof(struct settings, name), NULL, value, min, max, help},
#define SETTING_BOOL(name, value, help)                                                                      \
    {#name, SETTING_IS_BOOL, offsetof(struct settings, name), NULL, value, 0, 1, help},
static const struct setting table[] = {
#include "base/settings.def"
};
#undef SETTING_TEXT
#undef SETTING_INT
#undef SETTING_BOOL

static void put_number(struct settings *out, const struct setting *setting, int64_t value)
{
    void *at = (char *)out + setting->offset;

    if (setting->type == SETTING_IS_INT)
        *(int64_t *)at = value;
    else
        *(bool *)at = value != 0;
}

static void put_text(struct settings *out, const struct setting *setting, const char *value)
{
    void *at = (char *)out + setting->offset;

    *(const char **)at = value;
}

void settings_default(struct settings *out)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        if (table[i].type == SETTING_IS_TEXT)
            put_text(out, &table[i], table[i].text);
        else
            put_number(out, &table[i], table[i].number);
    }
}

static const struct setting *find(const char *name)
{
    for (size_t i = 0; i < COUNT(table); i++)
        if (text_equal(table[i].name, name))
            return &table[i];
    return NULL;
}

static bool read_bool(const char *name, const char *value, int64_t *out, struct err *err)
{
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"0", "1"}};

    for (size_t i = 0; i < COUNT(words); i++) {
        for (int answer = 0; answer <= 1; answer++) {
            if (text_equal(words[i][answer], value)) {
                *out = answer;
                return true;
            }
        }
    }
    return FAIL(err, ERR_INVALID, "%s must be true or false", name);
}

bool settings_set(struct arena *arena, struct settings *out, const char *name, const char *value,
                  struct err *err)
{
    const struct setting *setting = find(name);
    int64_t number = 0;

    if (!setting)
        return FAIL(err, ERR_INVALID, "there is no setting \"%.64s\"", name);
    if (setting->type == SETTING_IS_TEXT) {
        put_text(out, setting, arena_dup(arena, value));
        return true;
    }
    if (setting->type == SETTING_IS_BOOL ? !read_bool(name, value, &number, err)
                                         : !text_int(value, name, setting->min, setting->max, &number, err))
        return false;
    put_number(out, setting, number);
    return true;
}

/* "name = value", a comment or nothing. */
static bool read_line(struct arena *arena, struct span line, struct settings *out, struct err *err)
{
    struct span value = text_trim(line), name;

    if (value.size == 0 || value.at[0] == '#')
        return true;
    if (memchr(value.at, '\0', value.size))
        return FAIL(err, ERR_INVALID, "a NUL byte is not allowed here");
    if (!memchr(value.at, '=', value.size) || !text_split(&value, '=', &name))
        return FAIL(err, ERR_INVALID, "\"name = value\" is expected here");
    return settings_set(arena, out, arena_text(arena, text_trim(name)), arena_text(arena, text_trim(value)),
                        err);
}

bool settings_file(struct arena *arena, const char *path, struct settings *out, struct err *err)
{
    struct settings read = *out;
    struct span rest, line;

    if (!file_read(arena, path, FILE_MAX_BYTES, &rest, err))
        return err_within(err, "settings");
    for (int number = 1; text_split(&rest, '\n', &line); number++)
        if (!read_line(arena, line, &read, err))
            return err_within(err, "%s line %d", path, number);
    *out = read;
    return true;
}

/* These speak to our other programs and scripts. */
static bool is_for_the_tool(const char *name)
{
    static const char *const names[] = {"TOKEN", "URL", "CA", "PASSPHRASE", "BUILD", "DEMO_DIR", "LONG"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (text_equal(name, names[i]))
            return true;
    return false;
}

/* NAME to name. Lower case in the environment is not ours: it stays unknown. */
static const char *lower_name(struct arena *arena, struct span name)
{
    char *lower = arena_text(arena, name);

    for (char *at = lower; *at; at++)
        *at = islower((unsigned char)*at) ? '?' : (char)tolower((unsigned char)*at);
    return lower;
}

bool settings_environment(struct arena *arena, struct settings *out, struct err *err)
{
    struct settings read = *out;

    for (char **entry = environ; entry && *entry; entry++) {
        struct span value = span_of(*entry), name;

        if (!text_starts(*entry, ENVIRONMENT) || !text_split(&value, '=', &name))
            continue;
        name = span_make(name.at + strlen(ENVIRONMENT), name.size - strlen(ENVIRONMENT));
        if (is_for_the_tool(arena_text(arena, name)))
            continue;
        if (!settings_set(arena, &read, lower_name(arena, name), value.at ? value.at : "", err))
            return err_within(err, "environment " ENVIRONMENT "%.*s", (int)name.size, name.at);
    }
    *out = read;
    return true;
}

static void help_row(struct buf *buf, const struct setting *setting)
{
    if (setting->type == SETTING_IS_TEXT)
        buf_printf(buf, "  %s = %s\n", setting->name, setting->text);
    else if (setting->type == SETTING_IS_BOOL)
        buf_printf(buf, "  %s = %s\n", setting->name, setting->number ? "true" : "false");
    else
        buf_printf(buf, "  %s = %" PRId64 "   (%" PRId64 " to %" PRId64 ")\n", setting->name, setting->number,
                   setting->min, setting->max);
    buf_printf(buf, "      %s\n", setting->help);
}

char *settings_help(struct arena *arena)
{
    struct buf buf = {.arena = arena};

    for (size_t i = 0; i < COUNT(table); i++)
        help_row(&buf, &table[i]);
    return buf.at;
}
