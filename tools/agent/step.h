/* One step of the machine, as the files that do its work see it. */
#pragma once

#include "tools/agent/parts.h"

#define UNTIL_POLL INT64_MAX

struct step {
    struct agent *agent;
    struct arena *arena; /* ends with the step */
    int64_t now_ms;
    int64_t wait_ms; /* before the next piece of work; UNTIL_POLL: nothing to do before that */
    bool is_poll;    /* it has polled, and nothing else */
};

typedef bool move_run(struct step *step, struct err *err);
/* waiting.c */
move_run run_idle, run_offered, run_verifying, run_downloading, run_downloaded, run_waiting_window,
    run_waiting_idle;
/* backup.c */
move_run run_backing_up;
/* flashing.c */
move_run run_installing, run_rebooting, run_self_test;
/* apply.c */
move_run run_restoring;
/* ending.c */
move_run run_reporting;

/* Tells the service the phase's code with these words; the same words once, others now and then. */
bool step_tell(struct step *step, const char *execution, const char *words, struct err *err) CHECKED;
bool step_move(struct step *step, enum agent_phase phase, struct err *err) CHECKED;
/* What `err` says: to be tried again later (false), or the end of the action. */
bool step_refuse(struct step *step, struct err *err) CHECKED;

/* ---- waiting.c ---------------------------------------------------------------- */

/* On to the work itself, or back to waiting when the window has closed or somebody is at the machine. */
bool waiting_is_over(struct step *step, struct err *err) CHECKED;

/* ---- backup.c: beside the phases ------------------------------------------------ */

bool backup_is_asked(const struct agent *agent); /* at the panel */
bool backup_is_due(const struct step *step);
/* One piece of work on the backup under way, or the beginning of one. */
bool run_backup(struct step *step, struct err *err) CHECKED;
/* Puts a backup that belongs to the plan into `next`, in the caller's room. */
void backup_want(struct agent_state *next, enum backup_trigger trigger, struct agent_backup *room);
/* The phase that follows waiting: to back up, to install, or to restore. */
enum agent_phase backup_goes_before(const struct agent *agent);
bool backup_begin_before(struct step *step, struct err *err) CHECKED;
