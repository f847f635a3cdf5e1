#include "domain/fresh.h"

#include "base/text.h"
#include "domain/deployment.h"
#include "domain/terms.h"
#include "store/actions.h"
#include "store/backups.h"

#define HOUR_MS (3600 * 1000LL)

bool fresh_of(struct world *world, struct arena *arena, const struct device *device,
              const struct action *action, int64_t now_ms, struct fresh_need *out, struct err *err)
{
    struct action_rules rules;
    struct rollout_terms terms;

    *out = (struct fresh_need){.is = FRESH_FINE};
    if (!action->rollout_id || !orders_may_wait(action))
        return true;
    if (!store_action_rules(world->store, arena, action->rollout_id, &rules, err) ||
        !terms_text(arena, rules.terms, &terms, err))
        return false;
    out->within_h = terms.fresh_backup_h;
    if (terms.fresh_backup_h == 0)
        return true;
    if (text_blank(device->recipient))
        out->is = FRESH_NEVER;
    else if (device->backup_ms < now_ms - terms.fresh_backup_h * HOUR_MS)
        out->is = FRESH_STALE;
    return true;
}

bool fresh_is_time(const struct fresh_need *need, int64_t opens_ms, int64_t now_ms)
{
    return need->is == FRESH_STALE && opens_ms < now_ms + need->within_h * HOUR_MS;
}

bool fresh_ask(struct world *world, const struct device *device, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, world->store, err) &&
           store_device_backup_ask(world->store, device->id, BACKUP_BEFORE_UPDATE, now_ms, err) &&
           tx_commit(&tx, err);
}
