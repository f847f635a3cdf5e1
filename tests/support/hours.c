#include "support/hours.h"

#include "base/text.h"
#include "support/unit.h"

#define HOUR_MS 3600000LL

void hours_must(struct ops *ops, const char *role, const char *method, const char *path, const char *body)
{
    struct answer a = ops_ask(ops, role, method, path, body);

    if (a.status / 100 != 2)
        fail_msg("%s %s: %d %s", method, path, a.status, a.text);
}

struct hours hours_scene(struct unit *unit, const char *site, const char *more, const char *quirk)
{
    struct hours s = {.ops = ops_world(unit->arena)};

    s.ops->s.now_ms = HOURS_TUESDAY_MS;
    rollouts_devices(s.ops, "mfp", 1, NULL);
    hours_must(s.ops, "technician", "PUT", "/api/v1/sites/berlin", site);
    hours_must(s.ops, "technician", "PATCH", "/api/v1/devices/mfp-0",
               arena_printf(unit->arena, "{\"site\":\"berlin\",\"quirk\":\"%s\"}", quirk));
    s.rollout = rollouts_started(s.ops, ddi_release(&s.ops->s, "2.0"), more);
    return s;
}

void hours_at(struct hours *s, double hours)
{
    s->ops->s.now_ms = HOURS_TUESDAY_MS + (int64_t)(hours * (double)HOUR_MS);
}

const char *hours_told(struct hours *s)
{
    int64_t action = rollouts_offer(s->ops, "mfp-0", "deploymentBase");
    const char *window;
    struct answer a;

    if (!action)
        return "";
    a = ddi_get(&s->ops->s, "mfp-0", "deploymentBase", action);
    window = support_text(&a, "deployment.maintenanceWindow");
    return arena_printf(s->ops->s.arena, "%s %s%s%s", support_text(&a, "deployment.download"),
                        support_text(&a, "deployment.update"), window ? " " : "", window ? window : "");
}

const char *hours_meta(struct hours *s, const char *key)
{
    int64_t action = rollouts_offer(s->ops, "mfp-0", "deploymentBase");
    struct answer a = ddi_get(&s->ops->s, "mfp-0", "deploymentBase", action);
    const struct json *list = support_at(&a, "deployment.chunks.0.metadata");

    for (size_t i = 0; i < json_count(list); i++)
        if (text_equal(json_string(json_member(json_item(list, i), "key")), key))
            return json_string(json_member(json_item(list, i), "value"));
    return NULL;
}

const char *hours_why(struct hours *s)
{
    struct answer a = ops_ask(s->ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    const struct json *waits = support_at(&a, "targets.0.waits");
    struct buf b = {.arena = s->ops->s.arena};

    for (size_t i = 0; i < json_count(waits); i++) {
        const char *until = json_string(json_member(json_item(waits, i), "until"));

        buf_printf(&b, "%s%s %s", i ? " " : "", json_string(json_member(json_item(waits, i), "code")),
                   until ? until : "-");
    }
    return buf_cstr(&b);
}
