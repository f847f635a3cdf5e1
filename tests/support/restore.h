/* A backup of a big machine, a target to bring it to, and what the plan says about an item. */
#pragma once

#include "signing/restore_plan.h"
#include "support/settings.h"

#define RESTORE_ROWS 42
extern const struct setting_row restore_rows[RESTORE_ROWS];

struct pair {
    struct snapshot snapshot;
    struct capability source, target;
    struct restore_request request; /* points into the pair: it must not move */
};

/* The rows above on model `from`, for "mfp-2" with serial "SN-2" of model `to`: another chassis. */
void pair_of(struct unit *unit, const char *from, const char *to, const char *categories, struct pair *out);
/* The same with these rows in the backup, all chosen. */
void pair_with(struct unit *unit, const char *from, const char *to, const struct setting_row *rows,
               size_t count, struct pair *out);
struct restore_plan plan_of(struct unit *unit, const struct pair *pair);
const struct restore_item *item_of(const struct restore_plan *plan, const char *category, const char *id);
/* Fails unless the item has this outcome and one of its reasons holds `says` (NULL: any). */
void is_so(const struct restore_plan *plan, const char *category, const char *id,
           enum restore_outcome outcome, const char *says);
