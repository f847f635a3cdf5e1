/* What a restore would do, item by item, before anything is sent: pure, from a snapshot, the descriptors of
 * both models and what was chosen. Knows no database, no device and no clock.
 *
 * Reasons and warnings name fields, lengths and ids, and values only where a descriptor lists them: a plan
 * may be kept where the settings themselves may not be read. */
#pragma once

#include "signing/capability.h"

#define RESTORE_REASONS_MAX 8 /* of one item; what comes beyond is folded into the last */

/* From harmless to hopeless: an item is the worst of what befalls it. */
enum restore_outcome {
    RESTORE_EXACT,
    RESTORE_CONVERTED,    /* another name, another word, or something left behind */
    RESTORE_TRUNCATED,    /* a text cut to the target's length */
    RESTORE_NEEDS_SECRET, /* comes across, and a person has to give a password */
    RESTORE_CANNOT_MOVE,  /* stays behind */
    RESTORE_OUTCOME__MAX
};
extern const char *const restore_outcome_word[RESTORE_OUTCOME__MAX]; /* "exact", "needs-secret", ... */

struct restore_request {
    const struct snapshot *snapshot;
    const struct capability *source; /* of snapshot->model; NULL when nobody described it */
    const struct capability *target;
    const char *target_id, *target_serial;
    bool is_chosen[SNAPSHOT_KINDS]; /* by row of snapshot_kinds; restore_choose fills it */
    bool is_same_chassis;           /* this engine: decided by serial and technician, never by the device */
    bool may_move_adjustments; /* into another chassis, against advice; needs the same model all the same */
};

struct restore_item {
    const struct snapshot_item *from;
    struct snapshot_item to; /* means nothing when it cannot move */
    enum restore_outcome outcome;
    bool is_changed; /* `to` is not `from` */
    const char *reasons[RESTORE_REASONS_MAX];
    size_t reason_count;
};

struct restore_category {
    const struct snapshot_kind *kind;
    struct restore_item *items;
    size_t item_count;
    size_t counts[RESTORE_OUTCOME__MAX];
    const char *warning; /* NULL: none */
};

struct restore_plan {
    struct restore_request request;
    struct restore_category *categories; /* those chosen, in the order of the table */
    size_t category_count;
    size_t counts[RESTORE_OUTCOME__MAX];
    bool is_whole;      /* all of the snapshot goes across as it is: its header alone needs wrapping anew */
    const char *digest; /* SHA-256 over everything the plan depends on: start compares it */
};

/* Names with commas between; NULL or "" chooses all that the snapshot has. A category that it does not have
 * is refused by name. */
bool restore_choose(const struct snapshot *snapshot, const char *names, struct restore_request *out,
                    struct err *err) CHECKED;
/* The request's snapshot and descriptors have to outlive the plan. */
bool restore_plan(struct arena *arena, const struct restore_request *request, struct restore_plan *out,
                  struct err *err) CHECKED;
/* What the target gets: the items that move, as they will be, under the target's model and id. Refused with
 * ERR_CONFLICT when nothing moves. snapshot_write makes the tar of it. */
bool restore_snapshot(struct arena *arena, const struct restore_plan *plan, struct snapshot *out,
                      struct err *err) CHECKED;

/* For machines; items that come across exactly are counted and not listed. */
void restore_plan_json(const struct restore_plan *plan, struct json_out *j, const char *name);
/* For people, at most 100 columns: at most `items_max` items of each category are told one by one. */
struct span restore_plan_text(struct arena *arena, const struct restore_plan *plan, size_t items_max);
