/* A rollout: a release on its way to a selection of devices, in stages. */
#pragma once

#include "base/base.h"
#include "model/action.h"

enum rollout_state {
    ROLLOUT_DRAFT,    /* being written; no device sees it            */
    ROLLOUT_PLANNING, /* started; who is in which stage is being worked out */
    ROLLOUT_RUNNING,  /* the open stages are being offered           */
    ROLLOUT_PAUSED,   /* by a person; offers already made stand      */
    ROLLOUT_HALTED,   /* by the engine: failures over the threshold  */
    ROLLOUT_FINISHED, /* every stage done                            */
    ROLLOUT_ABORTED,  /* by a person; offers made are called back    */
    ROLLOUT_STATE__MAX
};
extern const char *const rollout_state_name[ROLLOUT_STATE__MAX];
bool rollout_state_parse(const char *text, enum rollout_state *out);

enum stage_kind { STAGE_COUNT, STAGE_PERCENT, STAGE_GROUP, STAGE_CANARY, STAGE_REST, STAGE_KIND__MAX };
extern const char *const stage_kind_name[STAGE_KIND__MAX];
bool stage_kind_parse(const char *text, enum stage_kind *out);

#define STAGES_MAX 32
#define RANK_END INT64_MAX

struct window {                 /* local hours in which a device may be touched */
    int64_t start_min, end_min; /* after local midnight; end <= start: over midnight; start -1: none */
    int64_t days;               /* bit 0 Monday ... bit 6 Sunday, of the day it starts */
    const char *zone;           /* IANA; "" : the site's */
    const char *rule;           /* RRULE of the days it starts on; NULL or "": those of `days` */
    const char *exdates;  /* local dates it does not start on, "2026-12-24,2026-12-31"; NULL or "": none */
    int64_t duration_min; /* by a stop-watch, from the instant it starts; 0: until end_min on the clock */
    int64_t from_day, until_day; /* first and last local date it may start on, since 1970; 0: no such bound */
};

struct rollout {
    int64_t id, tenant_id;
    const char *name;
    int64_t release_id;
    enum rollout_state state;
    enum action_kind kind;
    int64_t weight, stage;
    const char *selection; /* JSON */
    struct window window;
    bool is_urgent;
    int64_t fail_percent, healthy_percent, min_failures, deadline_h, soak_min;
    const char *reason, *created_by;
    int64_t created_ms, started_ms, ended_ms;
    /* How often the gate may halt a stage of a good release; 0: no test, the bare share. */
    int64_t error_percent;
    int64_t max_tries;   /* of one device, by itself: errors that pass by are tried again */
    const char *terms;   /* JSON: model/terms.h */
    const char *cluster; /* JSON: what those have in common that failed; "": nothing was named */
};

struct rollout_stage {
    int64_t rollout_id, no;
    enum stage_kind kind;
    int64_t value;
    const char *tag;
    int64_t rank_below, planned, opened_ms, closed_ms;
    const int64_t *chosen; /* canary: ranks, ascending */
    size_t chosen_count;
    int64_t excused;        /* of the planned, for the moment: held. Not at rest */
    int64_t gone;           /* of the planned, for good: a newer rollout has them. Not at rest */
    int64_t without_backup; /* of the planned: take no part in backups. Not at rest */
};

/* How many devices of a stage are in each state now. */
struct rollout_tally {
    int64_t devices[ACTION_STATE__MAX];
};
