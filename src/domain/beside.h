/* One rollout beside one device: the facts by which people are told why, and by which it is found who is left.
 * Decides nothing. */
#pragma once

#include "domain/offer.h"

struct plan_view;

struct beside { /* stays where it is: facts point into it */
    struct device device;
    struct planned plan;
    struct offer_facts facts; /* device, components, open actions, now */
};
/* *is_for false: the rollout is not for it, and only `device` is set. What its limits leave is not looked up. */
bool beside_read(struct world *world, struct arena *arena, const struct plan_view *view, int64_t device_id,
                 int64_t now_ms, struct beside *out, bool *is_for, struct err *err) CHECKED;
