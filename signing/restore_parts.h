/* What the files of the restore plan share. Everybody else includes restore_plan.h. */
#pragma once

#include "signing/restore_plan.h"

/* One category on its way from one model to another. */
struct restore_lane {
    struct arena *arena;
    const struct snapshot_kind *kind;
    const struct capability_category *source; /* NULL: names are taken as common ones */
    const struct capability_category *target;
    const char *model; /* of the target, for reasons */
    bool is_same_model;
};

/* At least this bad, for this reason. */
void restore_say(struct arena *arena, struct restore_item *item, enum restore_outcome outcome,
                 const char *format, ...) PRINTF(4, 5);

/* Fills item->to field by field. */
void restore_fields(const struct restore_lane *lane, struct restore_item *item);
/* Doubles of what the target wants unique; then what is beyond its capacity. */
void restore_unique(const struct restore_lane *lane, struct restore_category *category);
void restore_capacity(const struct restore_lane *lane, struct restore_category *category);
/* Drops what points at items that do not come across, until nothing does. */
bool restore_references(struct arena *arena, struct restore_plan *plan, struct err *err) CHECKED;
