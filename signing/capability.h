/* What one model can take: which categories it has, how many entries, how long its fields are and what they
 * and their values are called. Declarative JSON, one file a model (tools/models); knows no snapshot but the
 * table of categories.
 *
 * Names meet in the middle: a field says what it is called elsewhere ("as"), and so does each value. Two
 * models that never heard of each other are matched by that common name, so each new model is one file. */
#pragma once

#include "signing/snapshot.h"

#define CAPABILITY_FORMAT "nightshift-model-1"
#define CAPABILITY_BYTES_MAX (256 * 1024)
#define CAPABILITY_VALUES_MAX 128 /* of one field */
#define CAPABILITY_ENTRIES_MAX SNAPSHOT_ITEMS_MAX

struct capability_value {
    const char *own, *common;
};

struct capability_field {
    const char *name;
    const char *common;        /* the name without "as" */
    int64_t max;               /* characters; 0: as many as a snapshot holds */
    bool may_cut;              /* a name survives being cut, a mail address does not */
    bool is_from_person;       /* the device takes it from nobody else: it is left empty and asked for */
    bool is_required;          /* an item without it is refused by the device */
    const char *default_value; /* stands in for a value that the model does not know (without one the item
                                cannot move) and for a required field that is missing */
    const struct snapshot_kind *refers; /* ids of that category, with commas between; NULL: points nowhere */
    const struct capability_value *values; /* none: any text */
    size_t value_count;
};

struct capability_category {
    const struct snapshot_kind *kind;
    int64_t max;        /* entries */
    const char *unique; /* a field that no two entries may share; NULL: only the id is */
    const struct capability_field *fields;
    size_t field_count;
};

struct capability {
    const char *model, *family;
    const struct capability_category *categories;
    size_t category_count;
    const char *digest; /* SHA-256 of the canonical form */
};

/* Refusals name category, field and rule; unknown members are refused by name. */
bool capability_read(struct arena *arena, struct span bytes, struct capability *out, struct err *err) CHECKED;
/* The descriptor of a model that this program was built with; ERR_NOT_FOUND says which ones there are. */
bool capability_built_in(struct arena *arena, const char *model, struct capability *out,
                         struct err *err) CHECKED;
/* DIR/MODEL.json in lower case where it is there, else the one built in. DIR may be NULL. */
bool capability_find(struct arena *arena, const char *dir, const char *model, struct capability *out,
                     struct err *err) CHECKED;

const struct capability_category *capability_category(const struct capability *capability,
                                                      const struct snapshot_kind *kind);
const struct capability_field *capability_field(const struct capability_category *category, const char *name);
const struct capability_field *capability_common(const struct capability_category *category,
                                                 const char *common);
/* NULL when the field lists values and this is none of them. */
const char *capability_value_common(const struct capability_field *field, const char *own);
const char *capability_value_own(const struct capability_field *field, const char *common);
