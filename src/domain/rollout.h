/* Rollouts: their life, who is planned in which stage, and the gate that weighs a stage.
 *
 *   draft --start--> planning --planned--> running --all done--> finished
 *     ^                 |                  ^ |  ^ |
 *     +-- nobody, pause +           resume | |  | | too many failures
 *                                          | v  | v
 *                                        paused  halted      any but finished --abort--> aborted
 *
 * The law is moves[] in rollout.c. Deciding (rollout_next, rollout_judge) is pure; doing is one transaction.
 *
 * "All done" is also: nothing of it is under way, and nobody is left to whom it could be offered (awaited.h). It then
 * says who the others are.
 *
 * Planning walks through the family, which takes seconds where it is large. It does so on a reader and holds
 * no writer; then one short transaction writes where the stages end and opens the first. A small family is
 * planned while its start is asked for; a larger one behind it, by rollout_plan_tick. Nothing of a plan rests
 * before it is whole: a service that ends meanwhile plans anew. */
#pragma once

#include "domain/world.h"
#include "model/rollout.h"

enum rollout_event {
    ROLLOUT_DO_START,
    ROLLOUT_DO_PAUSE,
    ROLLOUT_DO_RESUME,
    ROLLOUT_DO_ABORT,
    ROLLOUT_SAW_PLAN,
    ROLLOUT_SAW_NOBODY,
    ROLLOUT_SAW_FAILURES,
    ROLLOUT_SAW_ALL_DONE,
    ROLLOUT_SAW_NEWER,
    ROLLOUT_EVENT__MAX
};
/* ROLLOUT_STATE__MAX: not possible. */
enum rollout_state rollout_next(enum rollout_state from, enum rollout_event event);

enum verdict { VERDICT_WAIT, VERDICT_NEXT_STAGE, VERDICT_FINISH, VERDICT_HALT, VERDICT__MAX };
struct judgement {
    enum verdict verdict;
    char reason[640]; /* of a halt, or of an end before all had it; of a wait: what it is stuck on; or "" */
    bool is_passed;   /* for a wait: its terms want a person to open the next stage */
    bool is_idle;     /* nothing of it is under way */
    int64_t unheard;  /* planned devices of open stages that never answered, past their deadline */
};
/* Weighs the open stage, as gate_weigh.h says. Failed and silent devices count as failures, and so do planned
 * devices that never answered once the deadline since the stage opened has passed. Pure. */
struct judgement rollout_judge(const struct rollout *rollout, const struct rollout_stage *stages,
                               size_t count, const struct rollout_tally *tally, int64_t now_ms);

/* The same, of one at rest; nobody is excused. */
bool rollout_weigh(struct world *world, struct arena *arena, const struct rollout *rollout, int64_t now_ms,
                   struct judgement *out, struct err *err) CHECKED;

struct rollout_view { /* a rollout as operators see it */
    struct rollout rollout;
    const char *family, *version;
    struct rollout_stage *stages;
    size_t stage_count;
    struct rollout_tally *tally;
    const struct rollback *back; /* of one that stopped: the way back from it; NULL: not looked for */
};

/* Checks the draft (release published, selection, stages, window) and keeps it. A missing last stage becomes
 * `rest`. */
bool rollout_make(struct world *world, struct arena *arena, const struct who *who, struct rollout *draft,
                  const struct rollout_stage *stages, size_t count, int64_t now_ms, struct rollout_view *out,
                  struct err *err) CHECKED;
bool rollout_view(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                  struct rollout_view *out, struct err *err) CHECKED;
/* Newest first, ids below `before` (0: from the newest). */
bool rollout_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t before, int64_t limit,
                  struct rollout_view **out, size_t *count, struct err *err) CHECKED;
/* start, pause, resume, abort. Starting plans the stages, at the time its terms say if that is to come (until
 * then it is `planning`, with that as its reason); else: at once where the family has at most the setting
 * plan_at_once of devices, and is then ERR_CONFLICT when nobody is there to be planned; else it is `planning`
 * afterwards, and becomes a draft again with that as its reason. Pausing while it is planned makes it a
 * draft; aborting calls back what was offered. */
bool rollout_apply(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   enum rollout_event event, const char *reason, int64_t now_ms, struct rollout_view *out,
                   struct err *err) CHECKED;
/* A person opens the next stage, where the terms ask for one and the gate of the open one is passed;
 * ERR_CONFLICT says what it waits for. */
bool rollout_advance(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const char *reason, int64_t now_ms, struct rollout_view *out, struct err *err) CHECKED;
/* From now on it waits for no window: only of what is not over, and not twice. Its deadlines, holds, gates
 * and limits stay. */
bool rollout_hurry(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   const char *reason, int64_t now_ms, struct rollout_view *out, struct err *err) CHECKED;
/* Plans what was started and is not planned yet; may be called at any time, and takes as long as a walk
 * through the family. */
bool rollout_plan_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
/* Weighs every running rollout; may be called at any time. */
bool rollout_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
