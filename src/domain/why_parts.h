/* What the files of why share. */
#pragma once

#include "domain/why.h"

/* There is room for every reason there is: WHY_ITEMS. */
struct why_item *why_add(struct why_target *t, const char *code, const char *text, int64_t until_ms);
const char *why_hold_text(struct arena *arena, const struct hold *h);
/* What keeps it at that time. For an action that is not made yet `action` is what it would be; then a hold
 * was told. */
bool why_orders(struct world *world, struct arena *arena, const struct device *device,
                const struct action *action, int64_t at_ms, struct why_target *out, struct err *err) CHECKED;
