#include "domain/refusal.h"

#include <inttypes.h>

#include "base/log.h"
#include "domain/audit.h"

enum attack refusal_of(int64_t code)
{
    return code > REPORT_REFUSED && code < REPORT_REFUSED + ATTACK__MAX ? (enum attack)(code - REPORT_REFUSED)
                                                                        : ATTACK_NONE;
}

bool refusal_note(struct world *world, struct arena *arena, const struct device *device,
                  const struct action *action, enum attack attack, const char *said, int64_t now_ms,
                  struct err *err)
{
    const char *id = arena_printf(arena, "%" PRId64, action->id);

    log_say(LOG_WARN, "device.refused", "device", device->controller_id, "attack", attack_name[attack],
            "action", id, "said", said, NULL);
    return audit_service(world, device->tenant_id, "device.refused", device->controller_id,
                         arena_printf(arena, "%s, action %s: %s", attack_name[attack], id, said), now_ms,
                         err);
}
