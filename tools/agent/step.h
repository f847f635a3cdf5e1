/* One step of the machine, as the files that do its work see it. */
#pragma once

#include "tools/agent/parts.h"

#define UNTIL_POLL INT64_MAX

struct step {
    struct agent *agent;
    struct arena *arena; /* ends with the step */
    int64_t now_ms;
    int64_t wait_ms; /* before the next piece of work; UNTIL_POLL: nothing to do before that */
};

typedef bool move_run(struct step *step, struct err *err);
/* waiting.c */
move_run run_idle, run_offered, run_verifying, run_downloading, run_downloaded, run_waiting_window,
    run_waiting_idle;
/* flashing.c */
move_run run_installing, run_rebooting, run_self_test;
/* ending.c */
move_run run_reporting;

/* Tells the service the phase's code with these words; the same words once, others now and then. */
bool step_tell(struct step *step, const char *execution, const char *words, struct err *err) CHECKED;
bool step_move(struct step *step, enum agent_phase phase, struct err *err) CHECKED;
/* What `err` says: to be tried again later (false), or the end of the action. */
bool step_refuse(struct step *step, struct err *err) CHECKED;
