/* Command lines read by table, and their --help made from the same table. Refuses to know what an option
 * means. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define OPTIONS_COLUMNS 80

struct option_row {
    const char *name;     /* "family": given as --family X or --family=X */
    const char *argument; /* "NAME"; NULL: a switch */
    const char *help;
    bool is_required;
    bool is_many; /* may be given again and again; else the second is refused */
};

struct option_group {
    const char *title;             /* "To reach the service" */
    const struct option_row *rows; /* ends with a NULL name; NULL: no rows */
};

#define OPTION_GROUPS_MAX 4

struct option_face {
    const char *usage; /* "nightshift release add" */
    /* Words without dashes: "FILE", "[ID]" may be left out, "MODEL..." one or more, "[MODEL...]" any number.
     */
    const char *words;
    const char *about; /* a sentence or two */
    struct option_group groups[OPTION_GROUPS_MAX];
};

struct option_value {
    const struct option_row *row;
    const char *text;
};

struct options {
    const struct option_face *face;
    struct option_value *values;
    size_t value_count;
    const char **words;
    size_t word_count;
    bool wants_help; /* -h or --help: then nothing is required */
};

/* argv[0] is skipped; -o is --out. Refusals name the option or the word. */
bool options_parse(struct arena *arena, const struct option_face *face, int argc, char **argv,
                   struct options *out, struct err *err) CHECKED;

/* Asking for a name that is in no group is our own bug. */
const char *options_text(const struct options *options, const char *name); /* NULL when not given */
bool options_has(const struct options *options, const char *name);
size_t options_count(const struct options *options, const char *name);
const char *options_nth(const struct options *options, const char *name, size_t nth); /* NULL past the last */
/* Leaves `out` as it is when not given. */
bool options_int(const struct options *options, const char *name, int64_t min, int64_t max, int64_t *out,
                 struct err *err) CHECKED;
const char *options_word(const struct options *options, size_t nth); /* NULL past the last */

/* The --help text, at most OPTIONS_COLUMNS wide. */
char *options_help(struct arena *arena, const struct option_face *face);
/* `text` wrapped at OPTIONS_COLUMNS, every line but the first begins with `indent` blanks. `column`: where
 * the first line stands already. */
struct buf;
void options_wrap(struct buf *out, const char *text, size_t column, size_t indent);
