#include "domain/confirm.h"

#include <inttypes.h>

#include "domain/audit.h"
#include "domain/deployment.h"
#include "store/devices.h"

static const struct action *waiting(const struct action *open, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (open[i].state == ACTION_CONFIRMING)
            return &open[i];
    return NULL;
}

bool confirm_waiting(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                     int64_t *action_id, int32_t *c, struct err *err)
{
    struct action *open;
    const struct action *action;
    struct orders orders = {0};
    size_t count;

    if (!store_action_open(world->store, arena, device->id, &open, &count, err))
        return false;
    action = waiting(open, count);
    if (action && !orders_load(world, arena, device, action, now_ms, &orders, err))
        return false;
    *action_id = action ? action->id : 0;
    *c = orders.c;
    return true;
}

static bool find(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                 struct action *out, struct err *err)
{
    if (!store_action_get(world->store, arena, device->tenant_id, action_id, out, err))
        return false;
    if (out->device_id != device->id)
        return FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " is not of %s", action_id, device->controller_id);
    if (action_is_closed(out->state))
        return FAIL(err, ERR_GONE, "action %" PRId64 " is %s", action_id, action_state_name[out->state]);
    if (out->restore_id) /* its yes was given before it was started */
        return FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " waits for no answer", action_id);
    return true;
}

bool confirm_take(struct world *world, const struct who *who, struct arena *arena,
                  const struct device *device, int64_t action_id, const struct confirmation *said,
                  int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct report words = {.execution = EXECUTION_CLOSED, /* never refused for its quota */
                                 .has_code = said->has_code,
                                 .code = said->code,
                                 .details = said->details,
                                 .detail_count = said->detail_count};
    struct action action;

    if (!tx_begin(&tx, world->store, err) || !find(world, arena, device, action_id, &action, err))
        return false;
    if (!report_apply(world->store, &action, said->is_yes ? EVENT_CONFIRMED : EVENT_DENIED, NULL, NULL,
                      now_ms, err))
        return err->code == ERR_CONFLICT
                   ? FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " waits for no answer", action_id)
                   : false;
    return report_note(world->store, arena, &action, &words,
                       said->is_yes ? "RUNNING" : "WAIT_FOR_CONFIRMATION", now_ms, err) &&
           audit_note(world, who, said->is_yes ? "action.confirm" : "action.deny",
                      arena_printf(arena, "%" PRId64, action_id), NULL, now_ms, err) &&
           tx_commit(&tx, err);
}

bool confirm_auto_on(struct world *world, const struct who *who, struct arena *arena,
                     const struct device *device, const char *initiator, const char *remark, int64_t now_ms,
                     struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device now;
    struct action *open;
    size_t count;

    if (!tx_begin(&tx, world->store, err) || !store_device_by_id(world->store, arena, device->id, &now, err))
        return false;
    if (now.auto_confirm_ms)
        return FAIL(err, ERR_CONFLICT, "%s confirms by itself already", device->controller_id);
    if (!store_device_auto_confirm(world->store, device->id, now_ms, initiator, remark, err) ||
        !store_action_open(world->store, arena, device->id, &open, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (open[i].state == ACTION_CONFIRMING &&
            !report_apply(world->store, &open[i], EVENT_CONFIRMED, "RUNNING",
                          "confirmed by itself from now on", now_ms, err))
            return false;
    return audit_note(world, who, "device.auto-confirm", device->controller_id, initiator, now_ms, err) &&
           tx_commit(&tx, err);
}

bool confirm_auto_off(struct world *world, const struct who *who, const struct device *device, int64_t now_ms,
                      struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, world->store, err) &&
           store_device_auto_confirm(world->store, device->id, 0, "", "", err) &&
           audit_note(world, who, "device.ask-again", device->controller_id, NULL, now_ms, err) &&
           tx_commit(&tx, err);
}
