#include "tools/agent/parts.h"

#include "base/text.h"
#include "signing/manifest.h"
#include "signing/tuf_client.h"

/* ---- the repository, over the agent's wire and in its memory ---------------------- */

static bool repository_fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                             struct err *err)
{
    struct agent *agent = ctx;
    const char *where = arena_printf(arena, "/%s/tuf/image/metadata/%s",
                                     text_escape(arena, agent->setup.tenant), text_escape(arena, name));
    struct answer answer;

    if (!agent_ask(agent, arena, "GET", where, (struct span){NULL, 0}, &answer, err)) {
        if (err->code == ERR_FORBIDDEN)
            err->code = ERR_NOT_FOUND;
        else if (err->code != ERR_NOT_FOUND)
            err->code = ERR_IO;
        return false;
    }
    if ((int64_t)answer.body.size > max)
        return FAIL(err, ERR_TOO_LARGE, "%s: more than %lld bytes", name, (long long)max);
    *out = answer.body;
    return true;
}

static bool repository_load(void *ctx, struct arena *arena, const char *name, struct span *out,
                            struct err *err)
{
    struct agent_memory *memory = &((struct agent *)ctx)->setup.memory;

    return memory->load(memory->ctx, arena, arena_printf(arena, "tuf/%s", name), out, err);
}

static bool repository_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    struct agent_memory *memory = &((struct agent *)ctx)->setup.memory;
    AUTO(arena_freep) struct arena *scratch = arena_new();

    return memory->keep(memory->ctx, arena_printf(scratch, "tuf/%s", name), bytes, err);
}

/* ---- what a target must be ---------------------------------------------------------- */

struct custom { /* what is absent does not restrict */
    const char *module, *version, *min_from, *family;
    const struct json *hardware_ids;
    int64_t counter;
};

static bool custom_read(struct arena *arena, struct span text, struct custom *out, struct err *err)
{
    const struct json *object;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("module", out->module, 0, 128),
        JSON_OPT_TEXT("version", out->version, 0, 256),
        JSON_OPT_TEXT("min_from", out->min_from, 0, 256),
        JSON_OPT_TEXT("family", out->family, 0, 128),
        JSON_OPT_LIST_OF("hardware_ids", out->hardware_ids, 1000),
        JSON_OPT_INT("release_counter", out->counter, 0, INT64_MAX),
    };

    if (!text.size)
        return true;
    return json_parse(arena, text, &object, err) && json_read_lenient(object, fields, COUNT(fields), err);
}

static bool is_for_model(const struct custom *custom, const char *model)
{
    size_t count = json_count(custom->hardware_ids);

    for (size_t i = 0; i < count; i++)
        if (text_equal(json_string(json_item(custom->hardware_ids, i)), model))
            return true;
    return count == 0;
}

static bool family_check(const struct agent *agent, const struct agent_part *part,
                         const struct custom *custom, struct err *err)
{
    const char *family = agent->setup.family;
    size_t size = text_blank(family) ? 0 : strlen(family);

    if (!size)
        return true;
    if (strncmp(part->target, family, size) != 0 || part->target[size] != '/' ||
        (!text_blank(custom->family) && !text_equal(custom->family, family)))
        return FAIL(err, ERR_FORBIDDEN, "%s is not of family %s", part->target, family);
    return true;
}

/* Compared with the release that was installed last, or else with the system's version. */
static bool from_check(struct agent *agent, struct arena *arena, const struct custom *custom, struct err *err)
{
    const struct agent_machine *machine = &agent->setup.machine;
    const char *from = agent->state.release;

    if (text_blank(custom->min_from))
        return true;
    if (text_blank(from))
        from = machine->version(machine->ctx, arena, "system");
    if (text_blank(from) || version_compare(from, custom->min_from) >= 0)
        return true;
    return FAIL(err, ERR_CONFLICT, "needs release %s before it, this machine has %s", custom->min_from, from);
}

static bool bytes_check(const struct agent_part *part, const struct tuf_target *target, struct err *err)
{
    if (target->length != part->size)
        return FAIL(err, ERR_FORBIDDEN, "the deployment says %lld bytes, the signed metadata %lld",
                    (long long)part->size, (long long)target->length);
    if (!text_equal(target->sha256, part->sha256))
        return FAIL(err, ERR_FORBIDDEN, "the deployment's SHA-256 is not the one that was signed");
    return true;
}

bool agent_trust_part(struct agent *agent, struct arena *arena, const struct agent_part *part,
                      const struct tuf_target *target, int64_t *counter, struct err *err)
{
    struct custom custom = {.counter = 0};

    if (!bytes_check(part, target, err) || !custom_read(arena, target->custom, &custom, err) ||
        !family_check(agent, part, &custom, err))
        return false;
    if (!text_blank(custom.module) && !text_equal(custom.module, part->component))
        return FAIL(err, ERR_FORBIDDEN, "it was signed as component %s", custom.module);
    if (!text_blank(custom.version) && !text_equal(custom.version, part->version))
        return FAIL(err, ERR_FORBIDDEN, "it was signed as version %s", custom.version);
    if (!is_for_model(&custom, agent->setup.model))
        return FAIL(err, ERR_FORBIDDEN, "not made for model %s", agent->setup.model);
    if (custom.counter < agent->state.counter)
        return FAIL(err, ERR_CONFLICT, "a step back: release counter %lld, installed is %lld",
                    (long long)custom.counter, (long long)agent->state.counter);
    if (!from_check(agent, arena, &custom, err))
        return false;
    *counter = custom.counter;
    return true;
}

/* ---- the whole plan -------------------------------------------------------------------- */

static bool part_trust(struct agent *agent, struct arena *arena, struct tuf_client *client,
                       const struct agent_part *part, int64_t *counter, struct err *err)
{
    struct tuf_target target;

    if (text_blank(part->target))
        return FAIL(err, ERR_FORBIDDEN, "component %s names no signed target", part->component);
    if (!manifest_file_check(part->file, err) || !manifest_component_check(part->component, err) ||
        !tuf_path_check(part->target, err))
        return false;
    if (!tuf_client_target(client, part->target, &target, err) ||
        !agent_trust_part(agent, arena, part, &target, counter, err))
        return false;
    if (agent->setup.resolved)
        agent->setup.resolved(agent->setup.ctx, &target);
    return true;
}

static bool anchor_take(struct agent *agent, struct arena *arena, struct err *err)
{
    struct span root;

    if (repository_load(agent, arena, "root.json", &root, err))
        return true;
    return err->code == ERR_NOT_FOUND && repository_fetch(agent, arena, "1.root.json", 512000, &root, err) &&
           repository_keep(agent, "root.json", root, err);
}

/* The later of both clocks: neither a device that thinks it is 1970 nor a service that says so keeps expired
 * metadata alive. */
static int64_t trusted_now(const struct agent *agent, int64_t now_ms)
{
    int64_t wall = agent_wall_ms(agent, now_ms);

    return wall > now_ms ? wall : now_ms;
}

static bool refreshed(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_client **out,
                      struct err *err)
{
    struct tuf_client_io io = {
        .ctx = agent, .fetch = repository_fetch, .load = repository_load, .keep = repository_keep};

    if (agent->setup.takes_root && !anchor_take(agent, arena, err))
        return err_within(err, "the first root.json");
    return (tuf_client_open(arena, &io, trusted_now(agent, now_ms), out, err) &&
            tuf_client_refresh(*out, err)) ||
           err_within(err, "signed metadata");
}

bool agent_trust_root(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_root *out,
                      struct err *err)
{
    struct tuf_client *client;

    return refreshed(agent, arena, now_ms, &client, err) &&
           tuf_root_read(arena, tuf_client_file(client, TUF_ROOT), out, err);
}

bool agent_trust(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct agent_plan *plan = agent->state.plan;
    struct tuf_client *client;
    int64_t highest = 0;

    if (!refreshed(agent, arena, now_ms, &client, err))
        return false;
    for (size_t i = 0; i < plan->part_count; i++) {
        int64_t counter = 0;

        if (!part_trust(agent, arena, client, &plan->parts[i], &counter, err))
            return err_within(err, "%s", plan->parts[i].file);
        highest = counter > highest ? counter : highest;
    }
    plan->counter = highest;
    return true;
}
