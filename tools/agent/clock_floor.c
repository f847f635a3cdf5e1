#include "tools/agent/parts.h"

#include <inttypes.h>

#include "base/text.h"

/* The time that it cannot be before. The floor rises with the clock, but never beyond the expiry of the newest
 * timestamp that was verified: a clock that is set back cannot bring back what has expired, and one that ran
 * years ahead costs no more than the metadata of that day, which the service signs anew anyway. While the
 * machine runs it rises with the time that has passed, whatever the clock says. */

#define FILE_NAME "clock-floor"
#define KEEP_MS 60000 /* so much is lost at most */

static int64_t passed_ms(const struct agent *agent)
{
    return agent->setup.monotonic_ms ? agent->setup.monotonic_ms(agent->setup.ctx) : 0;
}

/* One that cannot be read is none: it must not keep a machine from its updates. */
static void floor_load(struct agent *agent)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct agent_memory *memory = &agent->setup.memory;
    struct err ignored;
    struct span text;

    if (agent->is_floor_loaded)
        return;
    agent->is_floor_loaded = true;
    agent->floor_since_ms = passed_ms(agent);
    if (memory->load(memory->ctx, arena, FILE_NAME, &text, &ignored) &&
        !text_int(arena_text(arena, text_trim(text)), FILE_NAME, 0, INT64_MAX / 2, &agent->floor_ms,
                  &ignored))
        agent->floor_ms = 0;
    agent->floor_kept_ms = agent->floor_ms;
}

static int64_t floor_now(struct agent *agent)
{
    floor_load(agent);
    return agent->floor_ms ? agent->floor_ms + (passed_ms(agent) - agent->floor_since_ms) : 0;
}

int64_t agent_trusted_ms(struct agent *agent, int64_t now_ms)
{
    int64_t wall_ms = agent_wall_ms(agent, now_ms), floor_ms = floor_now(agent);

    if (wall_ms > now_ms)
        now_ms = wall_ms;
    return floor_ms > now_ms ? floor_ms : now_ms;
}

static int64_t verified_until(struct agent *agent, struct arena *arena, const char *name)
{
    struct agent_memory *memory = &agent->setup.memory;
    struct tuf_file file;
    struct err ignored;
    struct span bytes;

    return memory->load(memory->ctx, arena, name, &bytes, &ignored) &&
                   tuf_file_read(arena, bytes, tuf_role_name[TUF_TIMESTAMP], &file, &ignored)
               ? file.expires_ms
               : 0;
}

bool agent_floor_raise(struct agent *agent, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct agent_memory *memory = &agent->setup.memory;
    int64_t image_ms = verified_until(agent, arena, "tuf/timestamp.json"),
            director_ms = verified_until(agent, arena, "tuf/director/timestamp.json"),
            most_ms = image_ms > director_ms ? image_ms : director_ms, floor_ms = floor_now(agent);

    if (now_ms > most_ms)
        now_ms = most_ms;
    agent->floor_ms = now_ms > floor_ms ? now_ms : floor_ms;
    agent->floor_since_ms = passed_ms(agent);
    if (agent->floor_ms < agent->floor_kept_ms + KEEP_MS && agent->floor_ms != most_ms)
        return true;
    if (agent->floor_ms == agent->floor_kept_ms)
        return true;
    agent->floor_kept_ms = agent->floor_ms;
    return memory->keep(memory->ctx, FILE_NAME,
                        span_of(arena_printf(arena, "%" PRId64 "\n", agent->floor_ms)), err) ||
           err_within(err, "keeping " FILE_NAME);
}
