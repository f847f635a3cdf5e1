/* A restore: a backup on its way back to one device, once.
 *
 *   needs-plan --plan--> planned --start--> started --redeem--> redeemed --closed--> done | failed
 *                (service custody plans at once)        any open one --cancel--> cancelled, --time--> expired */
#pragma once

#include "base/base.h"

enum restore_state {
    RESTORE_NEEDS_PLAN, /* customer custody: whoever has the identity plans */
    RESTORE_PLANNED,
    RESTORE_STARTED,  /* offered to the device */
    RESTORE_REDEEMED, /* the device has taken it; nobody else can */
    RESTORE_DONE,     /* closed states from here on */
    RESTORE_FAILED,
    RESTORE_EXPIRED,
    RESTORE_CANCELLED,
    RESTORE_STATE__MAX
};
extern const char *const restore_state_name[RESTORE_STATE__MAX];
bool restore_state_parse(const char *text, enum restore_state *out);
static inline bool restore_is_closed(enum restore_state state)
{
    return state >= RESTORE_DONE;
}

enum restore_result { RESULT_APPLIED, RESULT_REVERTED, RESULT_FAILED, RESULT_SKIPPED, RESTORE_RESULT__MAX };
extern const char *const restore_result_name[RESTORE_RESULT__MAX];
bool restore_result_parse(const char *text, enum restore_result *out);

#define RESTORE_FILE "settings.age"                   /* as a device fetches it */
#define RESTORE_CATEGORIES_MAX 18                     /* as many as there are */
#define RESTORE_ITEMS_MAX 20000                       /* of one category */
#define RESTORE_HEADER_MAX (64 * 1024)                /* bytes of an age header */
#define RESTORE_LIFE_MS (24 * 3600 * 1000LL)          /* from its start: longer it is not offered */
#define RESTORE_PLAN_LIFE_MS (7 * 24 * 3600 * 1000LL) /* a plan that nobody starts */

struct restore {
    int64_t id, tenant_id, backup_id, device_id;
    enum restore_state state;
    const char *wish;        /* categories asked for, "a,b"; "": all that the backup has */
    bool moves_adjustments;  /* asked for against advice */
    const char *facts;       /* what the service knows and the plan goes by: canonical JSON */
    const char *digest;      /* of the plan; "" before there is one */
    const char *categories;  /* that go across, "a,b" */
    const char *counts;      /* JSON object: outcome -> items */
    const char *plan, *text; /* service custody: the plan, as JSON and as people read it; "" else */
    bool is_whole;           /* the payload is the backup's */
    int64_t counter;         /* rises with each restore of this device */
    struct span header;      /* for the device alone; empty before the start and after the end */
    const char *payload;     /* blob; "" before the start */
    int64_t size;            /* header and payload */
    const char *sha256;      /* age_digest() of both together */
    const char *nonce_hash;  /* of the redemption; "" before it */
    const char *created_by, *approved_by, *consent_by, *consent_text, *reason;
    const char *results; /* JSON list as the device told; "" before */
    int64_t action_id;
    int64_t created_ms, approved_ms, consent_ms, started_ms, expires_ms, redeemed_ms, ended_ms;
};
