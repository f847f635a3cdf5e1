#include "tools/agent/parts.h"

#include "base/text.h"

#define TRIES_MAX 3 /* of what only a mistake at the other end explains */

static bool has(const struct agent *agent, const struct agent_part *part)
{
    const struct agent_cache *cache = &agent->setup.cache;

    return cache->has(cache->ctx, part);
}

bool agent_has_all(const struct agent *agent)
{
    const struct agent_plan *plan = agent->state.plan;

    for (size_t i = 0; i < plan->part_count; i++)
        if (!has(agent, &plan->parts[i]))
            return false;
    return true;
}

/* The end of the action, unless it may be a passing mistake: then ERR_BUSY. */
static bool give_up(struct agent *agent, struct err *err)
{
    if (++agent->fetch_tries < TRIES_MAX)
        err->code = ERR_BUSY;
    return false;
}

static bool answer_check(struct agent *agent, const struct agent_part *part,
                         const struct download_result *result, struct err *err)
{
    switch (result->status) {
    case 200:
    case 206:
    case 416:
        return FAIL(err, ERR_IO, "%s: cut off", part->file);
    case 404:
    case 410:
        agent->next_poll_ms = 0; /* it may have been called back: ask before counting that as a failure */
        (void)FAIL(err, ERR_GONE, "%s: the service has it no more (%d)", part->file, result->status);
        return give_up(agent, err);
    default:
        return FAIL(err, ERR_BUSY, "%s: the service says %d", part->file, result->status);
    }
}

/* ERR_LOCKED: it made way for a poll, and nothing is wrong. */
static bool transfer_failed(struct agent *agent, const struct agent_part *part, int64_t before, int64_t after,
                            struct err *err)
{
    if (after > before)
        agent->backoff_ms = 0;
    if (err->code == ERR_LOCKED)
        return true;
    if (err->code == ERR_CONFLICT || err->code == ERR_TOO_LARGE)
        give_up(agent, err);
    else if (!agent_is_passing(err))
        err->code = ERR_IO;
    return err_within(err, "%s", part->file);
}

static bool finish(struct agent *agent, const struct agent_part *part, struct err *err)
{
    const struct agent_cache *cache = &agent->setup.cache;

    if (cache->finish(cache->ctx, part, err))
        return true;
    return err->code == ERR_CHECKSUM ? give_up(agent, err) : false;
}

static bool part_fetch(struct agent *agent, const struct agent_part *part, struct err *err)
{
    const struct agent_cache *cache = &agent->setup.cache;
    struct agent_wire *wire = &agent->setup.wire;
    struct download download = {.fd = -1, .expect_bytes = part->size};
    struct download_result result = {.status = 0};
    int64_t before;
    bool has_answer;

    if (!cache->open(cache->ctx, part, &download, err))
        return false;
    before = download.offset;
    if (before == part->size) {
        cache->close(cache->ctx, part, &download);
        return finish(agent, part, err);
    }
    has_answer = wire->download(wire->ctx, part->url, &download, &result, err);
    cache->close(cache->ctx, part, &download);
    if (!has_answer)
        return transfer_failed(agent, part, before, download.offset, err);
    agent->retry_after_ms = result.retry_after_s * 1000;
    return result.is_whole ? finish(agent, part, err) : answer_check(agent, part, &result, err);
}

bool agent_fetch(struct agent *agent, struct err *err)
{
    const struct agent_plan *plan = agent->state.plan;

    for (size_t i = 0; i < plan->part_count; i++)
        if (!has(agent, &plan->parts[i]))
            return part_fetch(agent, &plan->parts[i], err);
    return true;
}
