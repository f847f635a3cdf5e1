/* What the files of `restore` share. */
#pragma once

#include "signing/restore_plan.h"
#include "tools/nightshift/backup.h"
#include "tools/nightshift/sealed.h"

/* The first word as a restore's ID. */
bool restore_id(struct cli *cli, const char **out, struct err *err) CHECKED;
/* The same, and what the service says of it. */
bool restore_fetch(struct cli *cli, const char **id, const struct json **out, struct err *err) CHECKED;
char *restore_path(struct cli *cli, const char *id, const char *after);
/* Head lines and what became of each category. */
void restore_add(struct buf *out, const struct json *restore);
void restore_show(struct cli *cli, const struct json *restore);
/* What is to be done next in this state. */
void restore_say_next(const struct json *restore);
bool restore_is_over(const char *state);
/* Follows it to its end; exit code 1 unless it is done. */
bool restore_follow(struct cli *cli, const char *id, struct err *err) CHECKED;

/* ---- in the customer's custody, where the service cannot open anything: restore_local.c ---- */

/* A row for every command that plans here. */
#define RESTORE_MODELS                                                                                       \
    {                                                                                                        \
        "models", "DIR", "what models can take, before those built in", false, false                         \
    }

/* What a plan goes by, as the service says it. */
struct restore_facts {
    const char *backup; /* ID */
    const char *wish;   /* categories, "a,b"; "": all */
    const char *target_model, *target_id, *target_serial, *recipient;
    bool is_same_chassis, may_move_adjustments;
};
bool restore_facts_read(struct arena *arena, const struct json *restore, struct restore_facts *out,
                        struct err *err) CHECKED;
/* A backup that was opened, and what would come across. It must not move: the plan points into it. */
struct restore_local {
    struct sealed sealed;
    struct capability source, target;
    struct restore_plan plan;
};
bool restore_plan_here(struct cli *cli, const struct restore_facts *facts, struct restore_local *local,
                       struct err *err) CHECKED;
bool restore_is_customer(const struct json *restore);
/* `of` as it would be if only the categories that the device says it applied were in it: no firmware, the
 * device of `sent`. */
struct snapshot restore_only_applied(struct arena *arena, const struct snapshot *of,
                                     const struct snapshot *sent, const struct json *results);
