/* An action: one device's piece of a rollout, or a single assignment. DDI's word.
 *
 *   waiting-confirmation --confirmed--> offered --> downloading --> downloaded --> installing --> rebooting --> soaking
 *            any open one --cancel asked--> canceling --device agrees--> recalled
 *                                           canceling --device refuses--> the state before
 *            any open one --closed/success--> soaking or healthy;  --closed/failure--> failed;  deadline --> silent
 * The law is the table of domain/report_law.c. */
#pragma once

#include "base/base.h"

enum action_state {
    ACTION_CONFIRMING, /* DDI confirmation flow: waits for a yes */
    ACTION_OFFERED,
    ACTION_DOWNLOADING,
    ACTION_DOWNLOADED, /* waits for window or idle; the end of a download-only action is ACTION_HEALTHY */
    ACTION_BACKING_UP,
    ACTION_INSTALLING,
    ACTION_REBOOTING,
    ACTION_SOAKING,   /* reported good; watched until its soak is over */
    ACTION_CANCELING, /* the device is being told to drop it */
    ACTION_HEALTHY,   /* closed states from here on */
    ACTION_FAILED,
    ACTION_SILENT, /* nothing heard past its deadline; a late report still counts */
    ACTION_RECALLED,
    ACTION_STATE__MAX
};
extern const char *const action_state_name[ACTION_STATE__MAX];
bool action_state_parse(const char *text, enum action_state *out);
static inline bool action_is_closed(enum action_state state)
{
    return state >= ACTION_HEALTHY;
}
/* Has begun to flash, or is over without having been called back. */
static inline bool action_has_begun(enum action_state state)
{
    return state == ACTION_INSTALLING || state == ACTION_REBOOTING || state == ACTION_SOAKING ||
           state == ACTION_HEALTHY || state == ACTION_FAILED || state == ACTION_SILENT;
}

struct action_change { /* a rollout that changed a device, and what it ran before */
    int64_t rollout_id;
    const char *had;
};

/* Open, and more than soaking: what only soaks works again. */
static inline bool action_is_under_way(enum action_state state)
{
    return !action_is_closed(state) && state != ACTION_SOAKING;
}

enum action_kind { ACTION_FORCED, ACTION_SOFT, ACTION_TIMEFORCED, ACTION_DOWNLOAD_ONLY, ACTION_KIND__MAX };
extern const char *const action_kind_name[ACTION_KIND__MAX]; /* forced soft timeforced downloadonly */
bool action_kind_parse(const char *text, enum action_kind *out);

/* status.code of our own agent, so that phases need no prose. Stock clients' codes are outside this range. */
enum report_code {
    REPORT_WAITING_WINDOW = 9010,
    REPORT_WAITING_IDLE = 9020,
    REPORT_BACKING_UP = 9030,
    REPORT_INSTALLING = 9040,
    REPORT_REBOOTING = 9050,
    REPORT_SELF_TEST = 9060,
    REPORT_RESTORING = 9070,
    REPORT_REFUSED = 9400, /* it was attacked: and enum attack (signing/attack.h) is added */
};

#define ACTION_STATUS_MAX 1000 /* entries of one action; more is 429, but `closed` is always taken */
#define STATUS_MESSAGES_MAX 50 /* after splitting */
#define STATUS_MESSAGE_CHARS 512
#define SERVICE_SAYS "Update Server: " /* begins every message that no device sent */
/* A repeated `closed` with the same result is 200 so long. */
#define LATE_CLOSED_GRACE_MS (7 * 24 * 3600 * 1000LL)

struct action {
    int64_t id, tenant_id, device_id, release_id, rollout_id, stage;
    int64_t restore_id; /* brings settings back; then release_id is 0 */
    enum action_state state;
    enum action_kind kind;
    int64_t forced_ms, weight;
    const char *modules; /* "12,13" */
    int64_t not_before_ms, not_after_ms;
    enum action_state cancel_from;
    bool was_retrieved;
    int64_t code;
    const char *error;
    int64_t status_count, created_ms, updated_ms, closed_ms;
    int64_t tries;         /* of its device and rollout, with this one */
    int64_t retry_ms;      /* a further try: not shown before */
    int64_t step, steps;   /* of its rollout on its device; 0: it comes in one */
    int64_t soak_until_ms; /* not healthy before; 0: no such time */
    bool is_past;          /* a newer try has taken its place */
    const char *busy;      /* what keeps the device, as it told (model/busy.h); "" or NULL: nothing */
    int64_t busy_ms;       /* since it says so */
    const char *had;       /* the version its device ran when it was made; NULL or "": nobody knew */
};

struct action_status {
    int64_t id, action_id, at_ms;
    const char *type; /* hawkBit's name: RUNNING RETRIEVED DOWNLOAD DOWNLOADED WARNING ERROR FINISHED ... */
    int64_t code;
    const char *messages; /* JSON list */
};
