#include "api/handlers.h"

#include "domain/fleet.h"

static void show_counts(struct json_out *j, const char *name, const struct tally_list *list)
{
    json_open(j, name);
    for (size_t i = 0; i < list->count; i++)
        json_int(j, list->rows[i].name, list->rows[i].devices);
    json_close(j);
}

static void show_families(struct json_out *j, const struct tally_list *list)
{
    json_open_list(j, "by_family");
    for (size_t i = 0; i < list->count; i++) {
        json_open(j, NULL);
        json_text(j, "family", list->rows[i].family);
        json_int(j, "devices", list->rows[i].devices);
        json_close(j);
    }
    json_close(j);
}

static void show_versions(struct json_out *j, const struct tally_list *list)
{
    json_open_list(j, "by_version");
    for (size_t i = 0; i < list->count; i++) {
        json_open(j, NULL);
        json_text(j, "family", list->rows[i].family);
        json_text(j, "component", list->rows[i].component);
        json_text(j, "version", list->rows[i].name);
        json_int(j, "devices", list->rows[i].devices);
        json_close(j);
    }
    json_close(j);
}

static void show_seen(struct json_out *j, const struct fleet_seen *seen)
{
    json_open(j, "seen");
    json_int(j, "hour", seen->hour);
    json_int(j, "day", seen->day);
    json_int(j, "week", seen->week);
    json_int(j, "older", seen->devices - seen->week - seen->never);
    json_int(j, "never", seen->never);
    json_close(j);
}

/* GET /api/v1/fleet/summary: on a worker, for who was seen when is counted over the whole fleet. */
bool op_fleet_summary(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct fleet_summary s;

    if (!api_may_write(call))
        return api_defer(call);
    if (!fleet_summary(call->app->world, call->arena, call->who.tenant_id, call->now_ms, &s, err))
        return false;
    json_open(&j, NULL);
    json_int(&j, "devices", s.seen.devices);
    show_counts(&j, "by_state", &s.tallies[FLEET_STATE]);
    show_counts(&j, "by_status", &s.tallies[FLEET_STATUS]);
    show_families(&j, &s.tallies[FLEET_FAMILY]);
    show_versions(&j, &s.tallies[FLEET_VERSION]);
    show_seen(&j, &s.seen);
    show_counts(&j, "actions", &s.tallies[FLEET_ACTION]);
    json_open(&j, "rollouts");
    for (int i = 0; i < ROLLOUT_STATE__MAX; i++)
        json_int(&j, rollout_state_name[i], s.rollouts[i]);
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
