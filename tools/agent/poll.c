#include "tools/agent/parts.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

#define SLEEP_DEFAULT_MS (5 * 60 * 1000)
#define SLEEP_MAX_MS (24 * 3600 * 1000LL)
#define GAP_MS 2000 /* between two polls that are kept open */
#define OPEN_LEAST_S 15
#define OPEN_MORE_S 5

/* "00:05:00"; what makes no sense is five minutes. */
static int64_t sleep_read(const struct json *answer)
{
    const char *text =
        json_string(json_member(json_member(json_member(answer, "config"), "polling"), "sleep"));
    unsigned hours, minutes, seconds;
    int64_t ms;

    if (!text || sscanf(text, "%3u:%2u:%2u", &hours, &minutes, &seconds) != 3)
        return SLEEP_DEFAULT_MS;
    ms = ((int64_t)hours * 3600 + (int64_t)minutes * 60 + seconds) * 1000;
    return ms > 0 && ms <= SLEEP_MAX_MS ? ms : SLEEP_DEFAULT_MS;
}

/* A tenth more or less, other for each device and each poll: a fleet that lost power together must not knock
 * together. */
static int64_t jittered(const struct agent *agent, int64_t ms)
{
    uint64_t rank = hash_rank(span_of(agent->setup.id), span_make(&agent->polls, sizeof(agent->polls)));

    return ms * 9 / 10 + (int64_t)(rank % 1000) * ms / 5000;
}

static const char *link_of(const struct json *answer, const char *rel)
{
    return json_string(json_member(json_member(json_member(answer, "_links"), rel), "href"));
}

/* The digits behind "/deploymentBase/". */
static const char *action_of(struct arena *arena, const char *href)
{
    static const char before[] = "/deploymentBase/";
    const char *at = strstr(href, before);

    if (!at)
        return "";
    at += sizeof(before) - 1;
    return arena_text(arena, span_make(at, strspn(at, "0123456789")));
}

static bool plan_get(struct agent *agent, struct arena *arena, const char *href, struct agent_plan *out,
                     struct err *err)
{
    struct answer answer;

    return agent_ask(agent, arena, "GET", href, (struct span){NULL, 0}, &answer, err) &&
           agent_plan_read(arena, answer.body, out, err);
}

/* An action we cannot even read is answered, or it would be offered for ever. */
static bool refuse(struct agent *agent, struct arena *arena, const char *id, int64_t now_ms, struct err *err)
{
    struct agent_outcome outcome = {.id = id, .is_failure = true, .text = arena_dup(arena, err->text)};

    return agent_report_end(agent, arena, &outcome, err) && agent_forget(agent, &outcome, now_ms, err);
}

static bool take(struct agent *agent, const struct agent_plan *plan, int64_t now_ms, struct err *err)
{
    struct agent_state next = agent->state;

    next.phase = AGENT_OFFERED;
    next.plan = (struct agent_plan *)plan;
    agent->told_phase = -1;
    if (!agent_adopt(agent, &next, now_ms, err))
        return false;
    agent->setup.cache.prune(agent->setup.cache.ctx, agent->state.plan);
    return true;
}

static bool offer_read(struct agent *agent, struct arena *arena, const char *href, const char *id,
                       int64_t now_ms, struct err *err)
{
    const struct agent_outcome *last = &agent->state.last;
    struct agent_plan plan;

    if (!plan_get(agent, arena, href, &plan, err)) {
        if (err->code == ERR_NOT_FOUND || err->code == ERR_GONE)
            return true; /* called back between two requests */
        return err->code == ERR_INVALID && *id && refuse(agent, arena, id, now_ms, err);
    }
    if (text_equal(plan.id, last->id) && (!last->is_fetched_only || (!plan.may_install && !plan.has_window)))
        return agent_report_end(agent, arena, last, err); /* our last word got lost */
    return take(agent, &plan, now_ms, err);
}

/* What the deployment allows now, over what it said before. */
static bool permissions_take(struct agent *agent, struct arena *arena, const struct agent_plan *now_plan,
                             int64_t now_ms, struct err *err)
{
    struct agent_state next = agent_state_copy(arena, &agent->state);
    struct agent_plan *plan = next.plan;

    if (plan->may_download == now_plan->may_download && plan->may_install == now_plan->may_install &&
        plan->has_window == now_plan->has_window && plan->is_open == now_plan->is_open &&
        plan->not_before_ms == now_plan->not_before_ms && plan->not_after_ms == now_plan->not_after_ms &&
        text_equal(plan->notice, now_plan->notice))
        return true;
    plan->notice = now_plan->notice;
    plan->notice_now = now_plan->notice_now;
    plan->may_download = now_plan->may_download;
    plan->may_install = now_plan->may_install;
    plan->has_window = now_plan->has_window;
    plan->is_open = now_plan->is_open;
    plan->not_before_ms = now_plan->not_before_ms;
    plan->not_after_ms = now_plan->not_after_ms;
    return agent_adopt(agent, &next, now_ms, err);
}

bool agent_plan_refresh(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    const char *tail = arena_printf(arena, "/deploymentBase/%s", agent->state.plan->id);
    struct agent_plan plan;

    if (!plan_get(agent, arena, agent_path(agent, arena, tail), &plan, err)) {
        if (err->code == ERR_NOT_FOUND || err->code == ERR_GONE)
            return agent_forget(agent, NULL, now_ms, err);
        return false;
    }
    return permissions_take(agent, arena, &plan, now_ms, err);
}

static bool is_waiting(enum agent_phase phase)
{
    return phase == AGENT_OFFERED || phase == AGENT_WAITING_WINDOW || phase == AGENT_WAITING_IDLE;
}

static bool offered(struct agent *agent, struct arena *arena, const char *href, int64_t now_ms,
                    struct err *err)
{
    const struct agent_state *state = &agent->state;
    const char *id = action_of(arena, href);

    if (state->phase >= AGENT_INSTALLING)
        return true; /* first this one to its end */
    if (state->plan && text_equal(state->plan->id, id))
        return !is_waiting(state->phase) || agent_plan_refresh(agent, arena, now_ms, err);
    return offer_read(agent, arena, href, id, now_ms, err);
}

static bool nothing_offered(struct agent *agent, int64_t now_ms, struct err *err)
{
    if (agent->state.phase == AGENT_IDLE || agent->state.phase >= AGENT_INSTALLING)
        return true;
    return agent_forget(agent, NULL, now_ms, err);
}

/* What it refused is told before a look may find that all is well again. */
static bool idle_tell(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    agent_tell_usage(agent, arena);
    if (!agent_tell_report(agent, err))
        return false;
    agent_look(agent, now_ms);
    return agent_tell_report(agent, err);
}

static bool heed(struct agent *agent, struct arena *arena, const struct json *object, int64_t now_ms,
                 struct err *err)
{
    const char *href;

    agent->is_backup_wanted = link_of(object, "backups") != NULL;
    if (agent->state.phase == AGENT_IDLE && !idle_tell(agent, arena, now_ms, err))
        return false;
    if (link_of(object, "configData") && !agent_tell_attributes(agent, arena, true, now_ms, err))
        return false;
    if ((href = link_of(object, "cancelAction")))
        return agent_cancel(agent, arena, href, now_ms, err);
    if ((href = link_of(object, "deploymentBase")))
        return offered(agent, arena, href, now_ms, err);
    return nothing_offered(agent, now_ms, err);
}

/* A proxy on the way may cut what is silent for long, and then no poll would ever come through: half as long
 * after a failure, or not at all; a little longer after each that went well. */
static void open_learn(struct agent *agent, int64_t wait_s, bool was_answered)
{
    int64_t most_s = agent->setup.long_poll_s;

    if (!was_answered)
        agent->open_s = wait_s / 2 < OPEN_LEAST_S ? 0 : wait_s / 2;
    else
        agent->open_s = wait_s ? wait_s + OPEN_MORE_S : OPEN_LEAST_S;
    if (agent->open_s > most_s)
        agent->open_s = most_s;
}

bool agent_poll(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    /* Who has something under way has no time to wait. */
    bool is_idle = agent->state.phase == AGENT_IDLE && !agent->state.backup, was_kept = false, was_answered;
    int64_t wait_s = is_idle ? agent->open_s : 0;
    const struct json *object;
    struct answer answer;

    agent->polls++;
    was_answered =
        agent_ask_open(agent, arena, agent_path(agent, arena, ""), wait_s, &answer, &was_kept, err);
    if (is_idle)
        open_learn(agent, wait_s, was_answered);
    if (!was_answered || !json_parse(arena, answer.body, &object, err))
        return err_within(err, "polling");
    agent->poll_sleep_ms = agent->setup.interval_s ? agent->setup.interval_s * 1000 : sleep_read(object);
    agent->next_poll_ms = now_ms + jittered(agent, agent->poll_sleep_ms);
    agent->answers++;
    if (!heed(agent, arena, object, now_ms, err))
        return false;
    /* Who does not do what is asked for must not ask what it is without a pause. */
    if (was_kept && !agent->is_backup_wanted && agent->state.phase == AGENT_IDLE)
        agent->next_poll_ms = now_ms + jittered(agent, GAP_MS);
    return true;
}
