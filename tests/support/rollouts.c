#include "support/rollouts.h"

#include <stdlib.h>

#include "base/text.h"
#include "domain/rollout.h"
#include "support/unit.h"

static const char *door_of(struct ops *ops, int64_t id, const char *deed)
{
    return arena_printf(ops->s.arena, "/api/v1/rollouts/%lld%s%s", (long long)id, *deed ? "/" : "", deed);
}

struct answer rollouts_make(struct ops *ops, int64_t release, const char *more)
{
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/rollouts?limit=500", NULL);

    return ops_ask(ops, "engineer", "POST", "/api/v1/rollouts",
                   arena_printf(ops->s.arena, "{\"name\":\"r%zu\",\"release\":%lld%s}",
                                json_count(support_at(&list, "items")), (long long)release, more));
}

struct answer rollouts_do(struct ops *ops, int64_t id, const char *deed)
{
    return ops_ask(ops, "engineer", "POST", door_of(ops, id, deed), "{}");
}

struct answer rollouts_get(struct ops *ops, int64_t id)
{
    return ops_ask(ops, "viewer", "GET", door_of(ops, id, ""), NULL);
}

int64_t rollouts_started(struct ops *ops, int64_t release, const char *more)
{
    struct answer made = rollouts_make(ops, release, more);
    int64_t id;

    if (made.status != 201)
        fail_msg("making a rollout: %d %s", made.status, made.text);
    id = support_int(&made, "id");
    made = rollouts_do(ops, id, "start");
    if (made.status != 200)
        fail_msg("starting a rollout: %d %s", made.status, made.text);
    return id;
}

const char *rollouts_id(struct ops *ops, const char *prefix, int no)
{
    return arena_printf(ops->s.arena, "%s-%d", prefix, no);
}

void rollouts_devices(struct ops *ops, const char *prefix, int count, const char *tags)
{
    for (int i = 0; i < count; i++) {
        const char *id = rollouts_id(ops, prefix, i);

        support_device(&ops->s, id, QUIRK_NONE);
        if (tags)
            assert_int_equal(ops_ask(ops, "technician", "PATCH",
                                     arena_printf(ops->s.arena, "/api/v1/devices/%s", id),
                                     arena_printf(ops->s.arena, "{\"tags\":%s}", tags))
                                 .status,
                             200);
    }
}

int64_t rollouts_offer(struct ops *ops, const char *id, const char *rel)
{
    struct answer poll = ddi_poll(&ops->s, id);
    const char *href = ddi_href(&poll, rel);

    assert_int_equal(poll.status, 200);
    return href ? strtoll(strchr(href, '/') + 1, NULL, 10) : 0;
}

void rollouts_tick(struct ops *ops)
{
    struct err err = {0};

    ops->s.now_ms += 60000;
    if (!rollout_tick(&ops->s.world, ops->s.now_ms, &err))
        fail_msg("tick: %s", err.text);
}

const char *rollouts_state(struct ops *ops, int64_t id)
{
    struct answer a = rollouts_get(ops, id);

    return support_text(&a, "state");
}

void rollouts_finish(struct ops *ops, const char *id, bool is_good)
{
    int64_t action = rollouts_offer(ops, id, "deploymentBase");

    if (action == 0)
        fail_msg("%s was offered nothing", id);
    assert_int_equal(ddi_get(&ops->s, id, "deploymentBase", action).status, 200);
    assert_int_equal(ddi_say(&ops->s, id, action, "closed", is_good ? "success" : "failure", NULL).status,
                     200);
}
