#include "domain/report.h"

const char *const action_event_name[ACTION_EVENT__MAX] = {
    "confirmed",  "denied",    "heard",        "downloading",    "downloaded", "waiting", "backing-up",
    "installing", "rebooting", "remark",       "success",        "fetched",    "failure", "soaked",
    "relapsed",   "cancel",    "cancel-taken", "cancel-refused", "forced-end", "silence", "offer-again"};
const char *const execution_name[EXECUTION__MAX] = {"closed",   "proceeding", "scheduled", "resumed",
                                                    "download", "downloaded", "rejected",  "canceled"};
const char *const finished_name[FINISHED__MAX] = {"none", "success", "failure"};

/* One cell: the state it goes to, or one of these. */
enum cell {
    confirming = ACTION_CONFIRMING,
    offered = ACTION_OFFERED,
    fetching = ACTION_DOWNLOADING,
    fetched = ACTION_DOWNLOADED,
    backing = ACTION_BACKING_UP,
    flashing = ACTION_INSTALLING,
    booting = ACTION_REBOOTING,
    soaking = ACTION_SOAKING,
    canceling = ACTION_CANCELING,
    healthy = ACTION_HEALTHY,
    failed = ACTION_FAILED,
    silent = ACTION_SILENT,
    recalled = ACTION_RECALLED,
    stay, /* allowed, no other state  */
    same, /* a closing word repeated  */
    no,   /* may not happen           */
    good, /* soaking, or else healthy */
    back, /* where it was before      */
};

/* clang-format off */
static const uint8_t law[ACTION_EVENT__MAX][ACTION_STATE__MAX] = {
/* in state:                confirming  offered     fetching    fetched     backing     flashing    booting     soaking     canceling   healthy     failed      silent      recalled */
[EVENT_CONFIRMED]      = {  offered,    no,         no,         no,         no,         no,         no,         no,         no,         no,         no,         no,         no       },
[EVENT_DENIED]         = {  stay,       confirming, confirming, confirming, no,         no,         no,         no,         no,         no,         no,         no,         no       },
[EVENT_HEARD]          = {  no,         fetching,   stay,       stay,       stay,       stay,       stay,       stay,       stay,       no,         no,         fetching,   no       },
[EVENT_DOWNLOADING]    = {  no,         fetching,   stay,       fetching,   stay,       stay,       stay,       stay,       stay,       no,         no,         fetching,   no       },
[EVENT_DOWNLOADED]     = {  no,         fetched,    fetched,    stay,       stay,       stay,       stay,       stay,       stay,       no,         no,         fetched,    no       },
[EVENT_WAITING]        = {  no,         fetched,    fetched,    stay,       fetched,    stay,       stay,       stay,       stay,       no,         no,         fetched,    no       },
[EVENT_BACKING_UP]     = {  no,         backing,    backing,    backing,    stay,       stay,       stay,       stay,       stay,       no,         no,         backing,    no       },
[EVENT_INSTALLING]     = {  no,         flashing,   flashing,   flashing,   flashing,   stay,       flashing,   stay,       stay,       no,         no,         flashing,   no       },
[EVENT_REBOOTING]      = {  no,         booting,    booting,    booting,    booting,    booting,    stay,       stay,       stay,       no,         no,         booting,    no       },
[EVENT_REMARK]         = {  no,         stay,       stay,       stay,       stay,       stay,       stay,       stay,       stay,       no,         no,         stay,       no       },
[EVENT_SUCCESS]        = {  no,         good,       good,       good,       good,       good,       good,       same,       good,       same,       no,         good,       same     },
[EVENT_FETCHED]        = {  no,         healthy,    healthy,    healthy,    healthy,    healthy,    healthy,    no,         healthy,    same,       no,         healthy,    same     },
[EVENT_FAILURE]        = {  no,         failed,     failed,     failed,     failed,     failed,     failed,     failed,     failed,     no,         same,       failed,     same     },
[EVENT_SOAKED]         = {  no,         no,         no,         no,         no,         no,         no,         healthy,    no,         no,         no,         no,         no       },
[EVENT_RELAPSED]       = {  no,         no,         no,         no,         no,         no,         no,         failed,     no,         failed,      no,         no,         no       },
[EVENT_CANCEL]         = {  recalled,   canceling,  canceling,  canceling,  canceling,  canceling,  canceling,  no,         stay,       no,         no,         no,         no       },
[EVENT_CANCEL_TAKEN]   = {  no,         no,         no,         no,         no,         no,         no,         no,         recalled,   no,         no,         no,         same     },
[EVENT_CANCEL_REFUSED] = {  no,         no,         no,         no,         no,         no,         no,         no,         back,       no,         no,         no,         no       },
[EVENT_FORCED_END]     = {  recalled,   recalled,   recalled,   recalled,   recalled,   recalled,   recalled,   no,         recalled,   no,         no,         no,         same     },
[EVENT_SILENCE]        = {  no,         silent,     silent,     silent,     silent,     silent,     silent,     no,         recalled,   no,         no,         no,         no       },
[EVENT_OFFER_AGAIN]    = {  no,         no,         no,         no,         no,         no,         no,         no,         no,         no,         no,         offered,    no       },
};
/* clang-format on */

enum move_kind report_law(const struct action *action, enum action_event event, bool soaks,
                          enum action_state *to)
{
    uint8_t cell = law[event][action->state];

    switch (cell) {
    case stay:
        return MOVE_STAY;
    case same:
        return MOVE_SAME;
    case no:
        return MOVE_NO;
    case good:
        *to = soaks ? ACTION_SOAKING : ACTION_HEALTHY;
        return MOVE_TO;
    case back:
        *to = action->cancel_from;
        return MOVE_TO;
    default:
        *to = (enum action_state)cell;
        return MOVE_TO;
    }
}
