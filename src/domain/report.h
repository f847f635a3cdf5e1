/* What devices report about their actions, and every other thing that moves one. The law is law[] in
 * report_law.c: for each event and each state, where it goes, or that it may not happen. Deciding is pure;
 * doing is one tx. */
#pragma once

#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"
#include "store/actions.h"

enum action_event {
    EVENT_CONFIRMED, /* somebody at the device said yes */
    EVENT_DENIED,    /* or no: it keeps waiting */
    EVENT_HEARD,     /* proceeding, scheduled, resumed: it works on it */
    EVENT_DOWNLOADING,
    EVENT_DOWNLOADED,
    EVENT_WAITING, /* our agent: has it, waits for window or idle */
    EVENT_BACKING_UP,
    EVENT_INSTALLING,
    EVENT_REBOOTING,
    EVENT_REMARK,   /* rejected, canceled: noted, moves nothing */
    EVENT_SUCCESS,  /* closed/success or none */
    EVENT_FETCHED,  /* downloaded, of a download-only action: its end */
    EVENT_FAILURE,  /* closed/failure */
    EVENT_SOAKED,   /* the soak is over */
    EVENT_RELAPSED, /* while it soaked, or soon after, the device said it runs something else */
    EVENT_CANCEL,   /* an operator, a newer action or a lapsed window calls it back */
    EVENT_CANCEL_TAKEN,
    EVENT_CANCEL_REFUSED,
    EVENT_FORCED_END,  /* an operator ends it without the device */
    EVENT_SILENCE,     /* nothing heard past the deadline */
    EVENT_OFFER_AGAIN, /* it was silent, had never fetched it, and is back */
    ACTION_EVENT__MAX
};
extern const char *const action_event_name[ACTION_EVENT__MAX];

/* So long after it counted as healthy a device that tells of an older version is failed after all. */
#define RELAPSE_MS (14 * 24 * 3600 * 1000LL)

enum move_kind {
    MOVE_TO,   /* *to is set */
    MOVE_STAY, /* allowed, changes no state */
    MOVE_SAME, /* a `closed` said twice: fine within its grace, changes nothing at all */
    MOVE_NO,   /* may not happen in this state */
};
/* Pure. `soaks`: a success is watched before it counts. */
enum move_kind report_law(const struct action *action, enum action_event event, bool soaks,
                          enum action_state *to);

/* Inside a tx. Moves action (its state, closed_ms and cancel_from follow) and notes an entry of `type` with
 * `message` (NULL: no entry). ERR_CONFLICT when the law says no, ERR_BUSY when another was faster. */
bool report_apply(struct store *store, struct action *action, enum action_event event, const char *type,
                  const char *message, int64_t now_ms, struct err *err) CHECKED;

enum execution { /* DDI's status.execution */
                 EXECUTION_CLOSED,
                 EXECUTION_PROCEEDING,
                 EXECUTION_SCHEDULED,
                 EXECUTION_RESUMED,
                 EXECUTION_DOWNLOAD,
                 EXECUTION_DOWNLOADED,
                 EXECUTION_REJECTED,
                 EXECUTION_CANCELED,
                 EXECUTION__MAX
};
extern const char *const execution_name[EXECUTION__MAX];
enum finished { FINISHED_NONE, FINISHED_SUCCESS, FINISHED_FAILURE, FINISHED__MAX };
extern const char *const finished_name[FINISHED__MAX];

struct report {
    enum execution execution;
    enum finished finished;
    bool has_code;
    int64_t code;
    const struct span *details; /* any bytes */
    size_t detail_count;
};

/* Inside a tx: notes what was said, in messages of at most 512 characters. ERR_TOO_MANY: a quota, never for
 * closed. */
bool report_note(struct store *store, struct arena *arena, const struct action *action,
                 const struct report *report, const char *type, int64_t now_ms, struct err *err) CHECKED;
/* deploymentBase feedback, in its own tx. ERR_NOT_FOUND: not this device's. ERR_GONE: over. ERR_TOO_MANY:
 * quota. */
bool report_take(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                 const struct report *report, int64_t now_ms, struct err *err) CHECKED;
/* cancelAction feedback. ERR_NOT_ALLOWED: it is not being called back. */
bool report_cancel(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                   const struct report *report, int64_t now_ms, struct err *err) CHECKED;

/* Soaks that end, silent devices. May be repeated at any time. */
bool report_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
