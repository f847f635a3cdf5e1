#include "api/handlers.h"

#include "api/show_device.h"
#include "base/text.h"
#include "domain/why.h"

static void show_items(struct json_out *j, const struct why_target *t)
{
    json_open_list(j, "waits");
    for (size_t i = 0; i < t->count; i++) {
        const struct why_item *item = &t->items[i];

        json_open(j, NULL);
        json_text(j, "code", item->code);
        json_text(j, "text", item->text);
        json_time_if(j, "until", item->until_ms);
        if (item->hold_id)
            json_int(j, "hold", item->hold_id);
        if (item->action_id)
            json_int(j, "action", item->action_id);
        json_close(j);
    }
    json_close(j);
}

static void show_rollout_name(struct json_out *j, const struct rollout *r)
{
    json_open(j, "rollout");
    json_int(j, "id", r->id);
    json_text(j, "name", r->name);
    json_text(j, "state", rollout_state_name[r->state]);
    json_close(j);
}

static void show_target(struct json_out *j, const struct why_target *t)
{
    json_open(j, NULL);
    if (t->rollout) {
        show_rollout_name(j, t->rollout);
        json_int(j, "stage", t->stage);
    }
    json_open(j, "release");
    json_int(j, "id", t->release->id);
    json_text(j, "family", t->release->family);
    json_text(j, "version", t->release->version);
    json_close(j);
    if (t->action_id)
        json_int(j, "action", t->action_id);
    json_bool(j, "done", t->is_done);
    json_time_if(j, "expected", t->expected_ms);
    show_items(j, t);
    json_close(j);
}

/* GET /api/v1/devices/{device}/why */
bool op_device_why(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct device_why why;

    if (!device_why(call->app->world, call->arena, call->who.tenant_id, call->arg[0], call->now_ms, &why,
                    err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "device", why.device.controller_id);
    json_text(&j, "state", device_state_name[why.device.state]);
    show_quarantine(&j, why.quarantine);
    show_drift(&j, why.drift);
    json_time_if(&j, "last_seen", why.last_seen_ms);
    json_text_if(&j, "text", why.count ? NULL : offer_why_text[OFFER_NO_PLAN]);
    json_open_list(&j, "targets");
    for (size_t i = 0; i < why.count; i++)
        show_target(&j, &why.targets[i]);
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

static void show_group(struct json_out *j, const struct why_group *g)
{
    json_open(j, NULL);
    json_text(j, "code", g->code);
    json_text(j, "text", g->text);
    json_int(j, "devices", g->devices);
    json_open_list(j, "some");
    for (size_t i = 0; i < g->named_count; i++)
        json_text(j, NULL, g->named[i]);
    json_close(j);
    json_time_if(j, "soonest", g->soonest_ms);
    json_time_if(j, "latest", g->latest_ms);
    json_close(j);
}

/* GET /api/v1/rollouts/{rollout}/why: a page is so many devices of the family, looked at one by one. */
bool op_rollout_why(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct rollout_why why;
    int64_t id, after, limit;

    if (!text_int(call->arg[0], "rollout id", 1, INT64_MAX, &id, err) ||
        !api_page(call, &after, &limit, err) ||
        !rollout_why(call->app->world, call->arena, call->who.tenant_id, id, after, limit, call->now_ms, &why,
                     err))
        return false;
    json_open(&j, NULL);
    show_rollout_name(&j, &why.rollout);
    json_text_if(&j, "waits", why.waits);
    json_int(&j, "looked", why.looked);
    json_open_list(&j, "items");
    for (size_t i = 0; i < why.count; i++)
        show_group(&j, &why.groups[i]);
    json_close(&j);
    json_text(&j, "next", why.next_id ? arena_printf(call->arena, "%lld", (long long)why.next_id) : NULL);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
