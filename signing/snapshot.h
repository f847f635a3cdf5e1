/* A settings snapshot: what a device hands out of itself before it is sealed, as a pax tar of backup.json and
 * one CATEGORY.json for each category. Settings only: whatever could hold a customer's documents has no row
 * in the table and is refused by name. The format, with an example, is in README.md here.
 *
 * Values may be passwords. They stay in the caller's arena, so that should be an arena_new_secret(); what
 * cannot be wiped is said in snapshot_read.c. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define SNAPSHOT_SCHEMA "nightshift-backup-1"
#define SNAPSHOT_HEAD_NAME "backup.json"
#define SNAPSHOT_KINDS 18
#define SNAPSHOT_HEAD_BYTES_MAX (64 * 1024)
#define SNAPSHOT_CATEGORY_BYTES_MAX (16 * 1024 * 1024)
#define SNAPSHOT_BYTES_MAX (64 * 1024 * 1024)
#define SNAPSHOT_ITEMS_MAX 20000 /* of one category */
#define SNAPSHOT_FIELDS_MAX 64   /* of one item */
#define SNAPSHOT_ID_MAX 128
#define SNAPSHOT_FIELD_MAX 64 /* characters of a field's name */
#define SNAPSHOT_VALUE_MAX (64 * 1024)
#define SNAPSHOT_COMPONENTS_MAX 32

enum snapshot_class {
    SNAPSHOT_CUSTOMER,   /* customer settings */
    SNAPSHOT_ADJUSTMENT, /* values that fit one engine and harm another */
    SNAPSHOT_CLASS__MAX
};
extern const char *const snapshot_class_name[SNAPSHOT_CLASS__MAX];

struct snapshot_kind {
    const char *name;
    enum snapshot_class class;
    bool is_portable;    /* makes sense in another chassis */
    const char *secrets; /* a field is secret when a part of its name is one of these words */
    const char *what;
};
extern const struct snapshot_kind snapshot_kinds[SNAPSHOT_KINDS];

/* NULL when there is none. */
const struct snapshot_kind *snapshot_kind_find(const char *name);
/* Refuses a name that is no category; a name for documents with the words "no document data". */
bool snapshot_kind_need(const char *name, const struct snapshot_kind **out, struct err *err) CHECKED;
bool snapshot_field_is_secret(const struct snapshot_kind *kind, const char *field);
/* Would this do for a field's name? Names for contents of documents are refused with "no document data". */
bool snapshot_field_check(const char *field, struct err *err) CHECKED;

struct snapshot_field {
    const char *name;  /* a-z 0-9 _ - */
    const char *value; /* of a secret "": there is one, and the device does not give it out */
};

struct snapshot_item {
    const char *id; /* a record's number or name in the device, unique in its category */
    const struct snapshot_field *fields;
    size_t field_count;
};

struct snapshot_category {
    const struct snapshot_kind *kind;
    const struct snapshot_item *items;
    size_t item_count;
    int64_t size;       /* of its file; found by reading and writing */
    const char *sha256; /* the same */
};

struct snapshot_component {
    const char *name, *version;
};

struct snapshot {
    const char *model, *family, *serial, *controller_id;
    int64_t time_ms; /* whole seconds are kept */
    const struct snapshot_component *components;
    size_t component_count;
    const struct snapshot_category *categories; /* in the order of the table, each at most once */
    size_t category_count;
    const char *digest; /* SHA-256 of backup.json, which holds the hashes of the rest */
};

const struct snapshot_category *snapshot_category(const struct snapshot *snapshot,
                                                  const struct snapshot_kind *kind);
const char *snapshot_value(const struct snapshot_item *item, const char *field); /* NULL when it has none */
/* Items are ordered by id: numbers first, as numbers, then texts. */
int snapshot_id_compare(const char *a, const char *b);
const struct snapshot_item *snapshot_item(const struct snapshot_category *category, const char *id);

/* Reads all of the file `fd`, by offset, under the rules for archives of package.h. Every hash is compared,
 * items and fields come back in order. Refusals name the entry and the rule, never a value. */
bool snapshot_read(struct arena *arena, int fd, struct snapshot *out, struct err *err) CHECKED;
/* The same, taken apart by a process that has nothing (parser.h); NULL: by this one. */
struct parser;
bool snapshot_read_apart(struct parser *parser, struct arena *arena, int fd, struct snapshot *out,
                         struct err *err) CHECKED;
/* Writes a plain tar to `fd` from where it stands: the same settings give the same bytes, in whatever order
 * they come. Held to the reader's rules first. What was written, with sizes and hashes, comes back in `out`.
 */
bool snapshot_write(struct arena *arena, const struct snapshot *snapshot, int fd, struct snapshot *out,
                    struct err *err) CHECKED;
/* backup.json as facts for lists, without opening anything: model, time, categories with counts. */
void snapshot_describe(const struct snapshot *snapshot, struct json_out *j, const char *name);

/* ---- one CATEGORY.json, as it also lies on a device ---------------------------------- */

/* Sorts items and fields and refuses doubles. `out->kind` stays as it is. */
bool snapshot_items_read(struct arena *arena, struct span bytes, struct snapshot_category *out,
                         struct err *err) CHECKED;
/* Checked and sorted, without bytes: how a writer's category becomes one that the reader would take. */
bool snapshot_items_settle(struct arena *arena, struct snapshot_category *category, struct err *err) CHECKED;
/* Of a category that is settled or was read. */
struct span snapshot_items_write(struct arena *arena, const struct snapshot_category *category);
