#include "malformed/malformed.h"

#include "api/gate.h"
#include "base/text.h"
#include "support/ddi.h"
#include "support/rollouts.h"
#include "support/unit.h"

/* Rows for the doors to find: whoever of them refuses in this state is no concern of ours. */
static void fill(struct ops *ops)
{
    static const struct {
        const char *method, *target, *body;
    } rows[] = {
        {"PUT", "/api/v1/sites/hq", "{\"customer\":\"Roux\",\"zone\":\"Europe/Paris\"}"},
        {"PUT", "/api/v1/sites/branch", "{\"customer\":\"Meyer\",\"zone\":\"America/New_York\"}"},
        {"PUT", "/api/v1/blackouts", OPS_BLACKOUT},
        {"POST", "/api/v1/backup-custody", "{\"custody\":\"service\"}"},
        {"PUT", "/api/v1/backup-rules", "{\"customer\":\"\",\"keep_last\":3,\"every_h\":24}"},
        {"POST", "/api/v1/devices", "{\"id\":\"a-0\",\"family\":\"aurora\",\"model\":\"A\"}"},
        {"POST", "/api/v1/devices", "{\"id\":\"a-1\",\"family\":\"aurora\",\"model\":\"B\"}"},
        {"POST", "/api/v1/claims", "{\"count\":2}"},
        {"POST", "/api/v1/rollouts", "{\"name\":\"r0\",\"release\":1}"},
        {"POST", "/api/v1/rollouts",
         "{\"name\":\"r1\",\"release\":1,\"stages\":[{\"kind\":\"count\",\"value\":1},{\"kind\":\"rest\"}]}"},
        {"POST", "/api/v1/rollouts/1/start", "{}"},
        {"POST", "/api/v1/rollouts/2/start", "{}"},
        {"POST", "/api/v1/holds",
         "{\"scope\":\"site\",\"object\":\"hq\",\"reason\":\"busy\",\"until\":\"2026-10-21T00:00:00Z\"}"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        (void)ops_ask(ops, "admin", rows[i].method, rows[i].target, rows[i].body);
    (void)ops_calendar(ops, "fair", OPS_CALENDAR);
}

struct place *place_new(struct arena *arena, const struct json *openapi)
{
    struct place *place = ARENA_NEW(arena, struct place);
    struct err err = {0};
    struct ops *ops = ops_world(arena);
    static const char *const ids[] = {"mfp-1", "mfp-2", "mfp-3", "mfp-4"};

    place->ops = ops;
    place->openapi = openapi;
    ops->s.settings.disk_reserve_bytes = 0;
    ops->s.settings.failed_auth_per_min = 1000000;
    gate_closep(&ops->s.app.gate);
    if (!gate_open(&ops->s.app.gate, &ops->s.settings, &err))
        fail_msg("%s", err.text);
    ops_published(ops, "1.0", 1);
    ops_staged(ops, "2.0", 1);
    for (size_t i = 0; i < COUNT(ids); i++)
        support_device(&ops->s, ids[i], QUIRK_NONE);
    support_assign(&ops->s, "mfp-1", ddi_release(&ops->s, "7.0"), NULL);
    support_assign(&ops->s, "mfp-2", ddi_release_two(&ops->s, "8.0"), NULL);
    fill(ops);
    return place;
}
