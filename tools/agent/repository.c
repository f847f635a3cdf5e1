#include "tools/agent/parts.h"

#include "base/text.h"

/* The two repositories, over the agent's wire and in its memory. */

#define ROOT_BYTES_MAX 512000

struct side {
    struct agent *agent;
    const char *door;  /* path of its metadata at the service */
    const char *shelf; /* where the trusted copies rest */
    const char *device;
    bool takes_root; /* the first one it is served, where there is none */
};

static bool side_fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                       struct err *err)
{
    const struct side *side = ctx;
    const char *where = arena_printf(arena, "%s%s", side->door, text_escape(arena, name));
    struct answer answer;

    if (!agent_ask(side->agent, arena, "GET", where, (struct span){NULL, 0}, &answer, err)) {
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

static bool side_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    const struct side *side = ctx;
    struct agent_memory *memory = &side->agent->setup.memory;

    return memory->load(memory->ctx, arena, arena_printf(arena, "%s%s", side->shelf, name), out, err);
}

static bool side_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    const struct side *side = ctx;
    struct agent_memory *memory = &side->agent->setup.memory;
    AUTO(arena_freep) struct arena *scratch = arena_new();

    return memory->keep(memory->ctx, arena_printf(scratch, "%s%s", side->shelf, name), bytes, err);
}

static bool anchor_take(struct side *side, struct arena *arena, struct err *err)
{
    struct span root;

    if (side_load(side, arena, "root.json", &root, err))
        return true;
    return err->code == ERR_NOT_FOUND && side_fetch(side, arena, "1.root.json", ROOT_BYTES_MAX, &root, err) &&
           side_keep(side, "root.json", root, err);
}

static bool refreshed(struct side *side, struct arena *arena, int64_t now_ms, struct tuf_client **out,
                      struct err *err)
{
    struct tuf_client_io io = {
        .ctx = side, .fetch = side_fetch, .load = side_load, .keep = side_keep, .device = side->device};
    struct agent *agent = side->agent;
    int64_t trusted_ms = agent_trusted_ms(agent, now_ms);
    struct tuf_client *client;
    bool is_sound;

    if (side->takes_root && !anchor_take(side, arena, err))
        return err_within(err, "the first root.json");
    if (!tuf_client_open(arena, &io, trusted_ms, &client, err))
        return false;
    is_sound = tuf_client_refresh(client, err);
    if (!is_sound)
        agent->attack = tuf_client_attack(client);
    if (!agent_floor_raise(agent, trusted_ms, is_sound ? err : &(struct err){.code = ERR_NONE}))
        return false;
    *out = client;
    return is_sound;
}

bool agent_images(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_client **out,
                  struct err *err)
{
    struct side *side = ARENA_NEW(arena, struct side);

    *side = (struct side){
        .agent = agent,
        .door = arena_printf(arena, "/%s/tuf/image/metadata/", text_escape(arena, agent->setup.tenant)),
        .shelf = "tuf/",
        .takes_root = agent->setup.takes_root};
    return refreshed(side, arena, now_ms, out, err) || err_within(err, "signed metadata");
}

/* Without a root of its director the machine takes the first one, once: whoever owns that one can at most
 * choose among what release keys have signed, as a stolen director can. */
bool agent_directed(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_targets *out,
                    struct err *err)
{
    struct side side = {.agent = agent,
                        .door = arena_printf(arena, "/%s/tuf/director/%s/metadata/",
                                             text_escape(arena, agent->setup.tenant),
                                             text_escape(arena, agent->setup.id)),
                        .shelf = "tuf/director/",
                        .device = agent->setup.id,
                        .takes_root = true};
    struct tuf_client *client;

    return (refreshed(&side, arena, now_ms, &client, err) && tuf_client_targets(client, out, err)) ||
           err_within(err, "the director");
}

bool agent_trust_root(struct agent *agent, struct arena *arena, int64_t now_ms, struct tuf_root *out,
                      struct err *err)
{
    struct tuf_client *client;

    return agent_images(agent, arena, now_ms, &client, err) &&
           tuf_root_read(arena, tuf_client_file(client, TUF_ROOT), out, err);
}
