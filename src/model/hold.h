/* A hold: somebody's "not now", with an end. What it covers gets no new offer, and what was offered and has not begun
 * is not shown to its device meanwhile; what flashes finishes. */
#pragma once

#include "base/base.h"

enum hold_scope {
    HOLD_ALL,
    HOLD_CUSTOMER,
    HOLD_SITE,
    HOLD_FAMILY,
    HOLD_RELEASE,
    HOLD_DEVICE,
    HOLD_SCOPE__MAX
};
extern const char *const hold_scope_name[HOLD_SCOPE__MAX];
bool hold_scope_parse(const char *text, enum hold_scope *out);

#define HOLD_LONGEST_MS (2 * 366 * 24 * 3600 * 1000LL)

struct hold {
    int64_t id, tenant_id;
    enum hold_scope scope;
    const char *object; /* controllerId, name, or a release's id; "" for all */
    const char *reason;
    bool is_customer;   /* asked for by the customer */
    bool lets_security; /* what repairs security goes through */
    int64_t from_ms;
    int64_t until_ms; /* 0: until lifted */
    const char *created_by;
    int64_t created_ms;
    const char *lifted_by;
    int64_t lifted_ms; /* 0: not */
};
