/* Who runs a fleet, the people in it, the places. */
#pragma once

#include "base/base.h"
#include "model/rollout.h"

struct tenant {
    int64_t id;
    const char *name;
    int64_t poll_sleep_s;
    const char *gateway_hash;
    bool gateway_on, target_token_on, certificate_on;
    const char *certificate_issuer;
    bool approval_on, confirmation_on;
    bool four_eyes_on;  /* who uploads a release does not publish it alone */
    const char *window; /* JSON of a struct window, for whoever has none of his own; NULL or "": none */
    int64_t created_ms;
    int64_t at_once;    /* updates under way, by whatever rollout or hand; 0: no limit */
    int64_t bytes_hour; /* offered by rollouts within an hour; 0: no limit */
};

enum role { ROLE_VIEWER, ROLE_TECHNICIAN, ROLE_ENGINEER, ROLE_ADMIN, ROLE__MAX };
extern const char *const role_name[ROLE__MAX];
bool role_parse(const char *text, enum role *out);

struct operator
{
    int64_t id, tenant_id;
    const char *name;
    enum role role;
    int64_t created_ms, revoked_ms;
};

struct site {
    int64_t id, tenant_id;
    const char *name, *customer;
    struct window window;  /* its zone is never "" */
    const char *calendars; /* names of holiday calendars, a comma between; NULL or "": none */
    const char *language;  /* of its panels, such as "de"; NULL or "": English */
};

struct claim {
    int64_t id, tenant_id;
    const char *controller_id, *site, *created_by;
    int64_t created_ms, expires_ms, used_ms;
    const char *used_by;
};
