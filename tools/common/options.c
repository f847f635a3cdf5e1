#include "tools/common/options.h"

#include <assert.h>

#include "base/buf.h"
#include "base/text.h"

#define HELP_COLUMN 26 /* where the explanations begin */

static const struct option_row *row_find(const struct option_face *face, struct span name)
{
    for (size_t i = 0; i < OPTION_GROUPS_MAX; i++)
        for (const struct option_row *row = face->groups[i].rows; row && row->name; row++)
            if (strlen(row->name) == name.size && memcmp(row->name, name.at, name.size) == 0)
                return row;
    return NULL;
}

/* ---- what was given -------------------------------------------------------- */

size_t options_count(const struct options *options, const char *name)
{
    size_t count = 0;

    assert(row_find(options->face, span_of(name)));
    for (size_t i = 0; i < options->value_count; i++)
        count += text_equal(options->values[i].row->name, name);
    return count;
}

const char *options_nth(const struct options *options, const char *name, size_t nth)
{
    assert(row_find(options->face, span_of(name)));
    for (size_t i = 0; i < options->value_count; i++)
        if (text_equal(options->values[i].row->name, name) && nth-- == 0)
            return options->values[i].text;
    return NULL;
}

const char *options_text(const struct options *options, const char *name)
{
    return options_nth(options, name, 0);
}

bool options_has(const struct options *options, const char *name)
{
    return options_count(options, name) > 0;
}

bool options_int(const struct options *options, const char *name, int64_t min, int64_t max, int64_t *out,
                 struct err *err)
{
    const char *text = options_text(options, name);

    return !text || text_int(text, name, min, max, out, err);
}

const char *options_word(const struct options *options, size_t nth)
{
    return nth < options->word_count ? options->words[nth] : NULL;
}

/* ---- reading ----------------------------------------------------------------- */

static bool option_add(struct options *options, const struct option_row *row, const char *text,
                       struct err *err)
{
    if (!row->is_many && options_has(options, row->name))
        return FAIL(err, ERR_INVALID, "--%s is given twice", row->name);
    options->values[options->value_count++] = (struct option_value){row, text};
    return true;
}

/* The one letter that everybody types. */
static const char *spelled_out(const char *word)
{
    return text_equal(word, "-o") ? "--out" : word;
}

/* One --name, --name=value or --name value; `at` moves over a value that stands apart. */
static bool option_read(struct arena *arena, struct options *options, int argc, char **argv, int *at,
                        struct err *err)
{
    const char *name = spelled_out(argv[*at]) + 2;
    size_t size = strcspn(name, "=");
    const struct option_row *row = row_find(options->face, span_make(name, size));
    const char *text = name[size] ? arena_dup(arena, name + size + 1) : NULL;

    if (!row)
        return FAIL(err, ERR_INVALID, "unknown option --%.*s", (int)size, name);
    if (!row->argument && text)
        return FAIL(err, ERR_INVALID, "--%s takes no value", row->name);
    if (row->argument && !text) {
        if (*at + 1 >= argc)
            return FAIL(err, ERR_INVALID, "--%s needs a value: %s", row->name, row->argument);
        text = argv[++*at];
    }
    return option_add(options, row, text ? text : "", err);
}

/* How many words `words` asks for; max is SIZE_MAX when the last may be repeated. */
static void words_bounds(const char *words, size_t *min, size_t *max)
{
    struct span rest = span_of(words), word;

    *min = *max = 0;
    while (text_split(&rest, ' ', &word)) {
        if (!word.size)
            continue;
        if (word.at[0] != '[')
            ++*min;
        ++*max;
        if (memmem(word.at, word.size, "...", 3))
            *max = SIZE_MAX;
    }
}

static bool words_check(const struct options *options, struct err *err)
{
    const char *words = options->face->words;
    size_t min, max;

    words_bounds(words ? words : "", &min, &max);
    if (options->word_count > max)
        return FAIL(err, ERR_INVALID, "one word too many: \"%s\"", options->words[max]);
    if (options->word_count < min)
        return FAIL(err, ERR_INVALID, "something is missing: %s", words);
    return true;
}

static bool required_check(const struct options *options, struct err *err)
{
    for (size_t i = 0; i < OPTION_GROUPS_MAX; i++)
        for (const struct option_row *row = options->face->groups[i].rows; row && row->name; row++)
            if (row->is_required && !options_has(options, row->name))
                return FAIL(err, ERR_INVALID, "--%s %s is missing", row->name,
                            row->argument ? row->argument : "");
    return true;
}

static bool is_help(const char *word)
{
    return text_equal(word, "--help") || text_equal(word, "-h");
}

bool options_parse(struct arena *arena, const struct option_face *face, int argc, char **argv,
                   struct options *out, struct err *err)
{
    struct options options = {.face = face,
                              .values = ARENA_MANY(arena, struct option_value, argc + 1),
                              .words = ARENA_MANY(arena, const char *, argc + 1)};
    bool is_over = false;

    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];

        if (is_over || word[0] != '-' || !word[1])
            options.words[options.word_count++] = word;
        else if (text_equal(word, "--"))
            is_over = true;
        else if (is_help(word))
            options.wants_help = true;
        else if (spelled_out(word)[1] != '-')
            return FAIL(err, ERR_INVALID, "unknown option %s", word);
        else if (!option_read(arena, &options, argc, argv, &at, err))
            return false;
    }
    if (!options.wants_help && (!words_check(&options, err) || !required_check(&options, err)))
        return false;
    *out = options;
    return true;
}

/* ---- --help ------------------------------------------------------------------ */

static void blanks(struct buf *out, size_t count)
{
    while (count--)
        buf_char(out, ' ');
}

void options_wrap(struct buf *out, const char *text, size_t column, size_t indent)
{
    struct span rest = span_of(text), word;
    bool is_first = true;

    while (text_split(&rest, ' ', &word)) {
        if (!is_first && column + 1 + word.size > OPTIONS_COLUMNS) {
            buf_char(out, '\n');
            blanks(out, indent);
            column = indent;
            is_first = true;
        }
        if (!is_first)
            buf_char(out, ' ');
        buf_add(out, word);
        column += word.size + !is_first;
        is_first = false;
    }
    buf_char(out, '\n');
}

static void help_row(struct buf *out, const struct option_row *row)
{
    size_t before = out->size, used;

    buf_printf(out, "  --%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    used = out->size - before;
    if (used + 2 > HELP_COLUMN) {
        buf_char(out, '\n');
        used = 0;
    }
    blanks(out, HELP_COLUMN - used);
    options_wrap(out,
                 arena_printf(out->arena, "%s%s%s", row->help, row->is_required ? " (required)" : "",
                              row->is_many ? " (may be repeated)" : ""),
                 HELP_COLUMN, HELP_COLUMN);
}

static const char *usage_of(struct arena *arena, const struct option_face *face)
{
    struct buf usage = {.arena = arena};

    buf_printf(&usage, "%s", face->usage);
    if (!text_blank(face->words))
        buf_printf(&usage, " %s", face->words);
    for (size_t i = 0; i < OPTION_GROUPS_MAX; i++)
        for (const struct option_row *row = face->groups[i].rows; row && row->name; row++)
            if (row->is_required)
                buf_printf(&usage, " --%s %s", row->name, row->argument);
    buf_text(&usage, " [options]");
    return buf_cstr(&usage);
}

char *options_help(struct arena *arena, const struct option_face *face)
{
    struct buf out = {.arena = arena};

    buf_text(&out, "usage: ");
    options_wrap(&out, usage_of(arena, face), 7, 7);
    if (!text_blank(face->about)) {
        buf_char(&out, '\n');
        options_wrap(&out, face->about, 0, 0);
    }
    for (size_t i = 0; i < OPTION_GROUPS_MAX; i++) {
        const struct option_row *row = face->groups[i].rows;

        if (!row || !row->name)
            continue;
        buf_printf(&out, "\n%s:\n", face->groups[i].title);
        for (; row->name; row++)
            help_row(&out, row);
    }
    return arena_dup(arena, buf_cstr(&out));
}
