/* The service's JSON, for people: aligned tables of lists, name-and-value lines of one thing. What devices
 * and operators have written is shown without control characters: it cannot play with the terminal. */
#pragma once

#include "base/buf.h"
#include "tools/nightshift/cli.h"

enum field_kind {
    FIELD_PLAIN,    /* texts, numbers, yes/no, lists joined by commas, objects as name=value */
    FIELD_BYTES,    /* 12.3 MB */
    FIELD_COUNT_OF, /* how many items a list has */
    FIELD_SHORT,    /* the first 12 characters: hashes and key ids */
};

struct field {
    const char *title;
    const char *member; /* "release.version" walks down */
    enum field_kind kind;
};

const struct json *field_find(const struct json *object, const char *member);
/* "-" when absent. */
const char *field_text(struct arena *arena, const struct json *object, const struct field *field);
/* Without control characters. */
const char *field_clean(struct arena *arena, const char *text);

void table_add(struct buf *out, const struct json *items, const struct field *fields, size_t count);
void table_print(struct cli *cli, const struct json *items, const struct field *fields, size_t count);
/* Leaves out what is absent. */
void facts_print(struct cli *cli, const struct json *object, const struct field *fields, size_t count);

/* A whole list command: asks `path` (with --limit, --cursor and `query`, "family=X&state=Y" or ""), prints
 * the items, says how to go on. */
bool list_command(struct cli *cli, const char *path, const char *query, const struct field *fields,
                  size_t count, struct err *err) CHECKED;
/* One thing by its path. */
bool show_command(struct cli *cli, const char *path, const struct field *fields, size_t count,
                  struct err *err) CHECKED;
