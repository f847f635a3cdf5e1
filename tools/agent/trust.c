#include "tools/agent/parts.h"

#include "base/text.h"
#include "signing/manifest.h"

static bool refused(struct agent *agent, enum attack attack)
{
    agent->attack = attack;
    return false;
}

/* Compared with the release that was installed last, or else with the system's version. */
static bool from_check(struct agent *agent, struct arena *arena, const char *min_from, struct err *err)
{
    const struct agent_machine *machine = &agent->setup.machine;
    const char *from = agent->state.release;

    if (text_blank(min_from))
        return true;
    if (text_blank(from))
        from = machine->version(machine->ctx, arena, "system");
    if (text_blank(from) || version_compare(from, min_from) >= 0)
        return true;
    return FAIL(err, ERR_CONFLICT, "needs release %s before it, this machine has %s", min_from, from);
}

bool agent_part_name(struct agent *agent, struct arena *arena, const struct tuf_targets *directed,
                     const struct agent_part *part, const struct tuf_target **out, struct err *err)
{
    if (text_blank(part->target))
        return refused(agent, ATTACK_NOT_ASSIGNED) ||
               FAIL(err, ERR_FORBIDDEN, "component %s names no signed target", part->component);
    if (!manifest_file_check(part->file, err) || !manifest_component_check(part->component, err) ||
        !tuf_path_check(part->target, err))
        return refused(agent, ATTACK_MALFORMED);
    *out = agent_assigned(arena, directed, agent->state.plan->id, part->target);
    return *out || refused(agent, ATTACK_NOT_ASSIGNED) ||
           FAIL(err, ERR_FORBIDDEN, "the director does not name %s for this action", part->target);
}

bool agent_trust_part(struct agent *agent, struct arena *arena, const struct agent_part *part,
                      const struct tuf_target *directed, const struct tuf_target *image, int64_t *counter,
                      struct err *err)
{
    const struct agreement agreement = {.part = part,
                                        .directed = directed,
                                        .image = image,
                                        .family = agent->setup.family,
                                        .model = agent->setup.model,
                                        .counter = agent->state.counter};
    struct agreed agreed;

    if (!agent_agree(arena, &agreement, &agreed, &agent->attack, err) ||
        !from_check(agent, arena, agreed.min_from, err))
        return false;
    *counter = agreed.counter;
    return true;
}

/* What the director names and the deployment does not would be left out of what belongs together. */
bool agent_bundle_check(struct agent *agent, struct arena *arena, const struct tuf_targets *directed,
                        struct err *err)
{
    const struct agent_plan *plan = agent->state.plan;
    size_t count = agent_assigned_count(arena, directed, plan->id);

    return count <= plan->part_count || refused(agent, ATTACK_PARTIAL_BUNDLE) ||
           FAIL(err, ERR_FORBIDDEN, "the director names %zu components for this action, the deployment %zu",
                count, plan->part_count);
}

static bool part_trust(struct agent *agent, struct arena *arena, struct tuf_client *client,
                       const struct tuf_targets *directed, const struct agent_part *part, int64_t *counter,
                       struct err *err)
{
    const struct tuf_target *assigned = NULL;
    struct tuf_target image;

    if (!agent_part_name(agent, arena, directed, part, &assigned, err))
        return false;
    if (!tuf_client_target(client, part->target, &image, err))
        return refused(agent, tuf_client_attack(client));
    if (!agent_trust_part(agent, arena, part, assigned, &image, counter, err))
        return false;
    if (agent->setup.resolved)
        agent->setup.resolved(agent->setup.ctx, &image);
    return true;
}

bool agent_trust_images(struct agent *agent, struct arena *arena, const struct tuf_targets *directed,
                        int64_t now_ms, struct err *err)
{
    struct agent_plan *plan = agent->state.plan;
    struct tuf_client *client;
    int64_t highest = 0;

    if (!agent_bundle_check(agent, arena, directed, err) || !agent_images(agent, arena, now_ms, &client, err))
        return false;
    for (size_t i = 0; i < plan->part_count; i++) {
        int64_t counter = 0;

        if (!part_trust(agent, arena, client, directed, &plan->parts[i], &counter, err))
            return err_within(err, "%s", plan->parts[i].file);
        highest = counter > highest ? counter : highest;
    }
    plan->counter = highest;
    return true;
}

bool agent_trust(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct tuf_targets directed;

    return agent_directed(agent, arena, now_ms, &directed, err) &&
           agent_trust_images(agent, arena, &directed, now_ms, err);
}
