/* What changed between two snapshots, by category, item and field. Secrets are compared and never shown. */
#pragma once

#include "signing/snapshot.h"

enum snapshot_change_kind { SNAPSHOT_ADDED, SNAPSHOT_REMOVED, SNAPSHOT_CHANGED, SNAPSHOT_CHANGE__MAX };
extern const char *const snapshot_change_word[SNAPSHOT_CHANGE__MAX];

#define SNAPSHOT_MASK "(secret)"

struct snapshot_change {
    enum snapshot_change_kind change;
    const struct snapshot_kind *kind; /* NULL: of the device itself: firmware, model */
    const char *id;                   /* NULL: the whole category came or went */
    const char *field;                /* NULL: the whole item came or went */
    const char *before, *after;       /* of a field; NULL where it was absent; SNAPSHOT_MASK for a secret */
};

struct snapshot_diff {
    const struct snapshot_change *changes; /* in the order of the table, then of ids, then of fields */
    size_t count;
    size_t counts[SNAPSHOT_KINDS]; /* changes of each category */
};

/* Categories that are in one of the two only are one change, whatever they hold. */
void snapshot_diff(struct arena *arena, const struct snapshot *before, const struct snapshot *after,
                   struct snapshot_diff *out);
void snapshot_diff_json(const struct snapshot_diff *diff, struct json_out *j, const char *name);
/* One line a change; "" when there is none. */
struct span snapshot_diff_text(struct arena *arena, const struct snapshot_diff *diff);
