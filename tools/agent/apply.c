#include "tools/agent/step.h"

#include "base/text.h"

#define DEAD_MAN_S 300
#define OUTCOME_CHARS 1000

/* ---- the journal -------------------------------------------------------------- */

static bool note(struct step *s, size_t i, enum category_journal journal, const char *text, struct err *err)
{
    struct agent_state next = agent_state_copy(s->arena, &s->agent->state);
    struct agent_category *category = &next.plan->categories[i];

    category->journal = journal;
    category->text = text;
    if (journal == CATEGORY_TRYING)
        category->since_ms = s->now_ms > 0 ? s->now_ms : 0;
    return agent_adopt(s->agent, &next, s->now_ms, err);
}

/* A courtesy, as everything that is told here. */
static bool settled(struct step *s, size_t i, enum category_journal journal, const char *text,
                    struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_plan *plan;
    const char *words;
    struct err unheard;

    if (!note(s, i, journal, text, err))
        return false;
    agent->tried = -1;
    plan = agent->state.plan;
    words = arena_printf(s->arena, "%s %s%s%s", plan->categories[i].name, category_journal_name[journal],
                         text ? ": " : "", text ? text : "");
    if (!agent_report(agent, s->arena, "proceeding", REPORT_RESTORING, (int64_t)i + 1,
                      (int64_t)plan->category_count, words, &unheard))
        return true;
    return true;
}

/* A connection from before would answer for settings that it never went through. */
static void reconnect(const struct agent *agent)
{
    const struct agent_wire *wire = &agent->setup.wire;

    if (wire->reconnect)
        wire->reconnect(wire->ctx);
}

/* ---- one category --------------------------------------------------------------- */

static const struct snapshot_category *content_of(const struct agent *agent, size_t i)
{
    return snapshot_category(&agent->package->snapshot,
                             snapshot_kind_find(agent->state.plan->categories[i].name));
}

static bool apply(struct step *s, size_t i, struct err *err)
{
    const struct agent_settings *settings = &s->agent->setup.settings;

    return settings->apply(settings->ctx, content_of(s->agent, i), err);
}

static bool put_back(struct step *s, size_t i, enum category_journal journal, const char *text,
                     struct err *err)
{
    const struct agent_settings *settings = &s->agent->setup.settings;
    const char *name = s->agent->state.plan->categories[i].name;
    bool is_back = settings->revert(settings->ctx, snapshot_kind_find(name), err);

    reconnect(s->agent);
    if (is_back)
        return settled(s, i, journal, text, err);
    (void)err_within(err, "what was there before could not be put back");
    return !agent_is_passing(err) && settled(s, i, CATEGORY_FAILED, arena_dup(s->arena, err->text), err);
}

static bool begin(struct step *s, size_t i, struct err *err)
{
    struct agent_state next = agent_state_copy(s->arena, &s->agent->state);

    next.plan->categories[i].journal = CATEGORY_BEGUN;
    next.plan->categories[i].items = (int64_t)content_of(s->agent, i)->item_count;
    return agent_adopt(s->agent, &next, s->now_ms, err);
}

/* Whether it would go another time is not ours to guess: it is said, and the rest goes on. */
static bool apply_plainly(struct step *s, size_t i, struct err *err)
{
    if (apply(s, i, err))
        return settled(s, i, CATEGORY_APPLIED, NULL, err);
    return settled(s, i, CATEGORY_FAILED, arena_dup(s->arena, err->text), err);
}

/* ---- the line to the service hangs on it --------------------------------------------- */

/* What is there is kept first; "trying" says that it is, and that it may have been replaced. */
static bool keep_and_try(struct step *s, size_t i, struct err *err)
{
    const struct agent_settings *settings = &s->agent->setup.settings;
    const char *name = s->agent->state.plan->categories[i].name;

    if (!settings->keep(settings->ctx, snapshot_kind_find(name), err))
        return settled(s, i, CATEGORY_FAILED, arena_dup(s->arena, err->text), err);
    return note(s, i, CATEGORY_TRYING, NULL, err);
}

/* In force from here on, by this run; a poll that is answered from here on counts. */
static bool put_in_force(struct step *s, size_t i, struct err *err)
{
    struct agent *agent = s->agent;

    if (!apply(s, i, err))
        return put_back(s, i, CATEGORY_FAILED, arena_dup(s->arena, err->text), err);
    reconnect(agent);
    agent->tried = (int)i;
    agent->tried_answers = agent->answers;
    agent->next_poll_ms = s->now_ms;
    return true;
}

static bool try_line(struct step *s, size_t i, struct err *err)
{
    struct agent *agent = s->agent;
    int64_t dead_man_ms = (agent->setup.dead_man_s ? agent->setup.dead_man_s : DEAD_MAN_S) * 1000;
    int64_t since_ms = agent->state.plan->categories[i].since_ms;
    int64_t left_ms = since_ms + dead_man_ms - s->now_ms;

    if (agent->tried == (int)i && agent->answers > agent->tried_answers)
        return settled(s, i, CATEGORY_APPLIED, NULL, err);
    if (left_ms > dead_man_ms) /* the clock was set back: the time begins anew */
        return note(s, i, CATEGORY_TRYING, NULL, err);
    if (left_ms <= 0)
        return put_back(s, i, CATEGORY_REVERTED,
                        arena_printf(s->arena, "the service could not be reached in %s",
                                     text_duration(s->arena, dead_man_ms)),
                        err);
    if (agent->tried != (int)i)
        return put_in_force(s, i, err);
    s->wait_ms = left_ms;
    return true;
}

/* ---- all of them -------------------------------------------------------------------------- */

static bool run_category(struct step *s, size_t i, struct err *err)
{
    const struct agent_category *category = &s->agent->state.plan->categories[i];

    switch (category->journal) {
    case CATEGORY_WANTED:
        return begin(s, i, err);
    case CATEGORY_BEGUN:
        return category_is_line(category->name) ? keep_and_try(s, i, err) : apply_plainly(s, i, err);
    default:
        return try_line(s, i, err);
    }
}

static size_t next_of(const struct agent_plan *plan)
{
    size_t i = 0;

    while (i < plan->category_count && plan->categories[i].journal >= CATEGORY_APPLIED)
        i++;
    return i;
}

static bool is_all_applied(const struct agent_plan *plan)
{
    for (size_t i = 0; i < plan->category_count; i++)
        if (plan->categories[i].journal != CATEGORY_APPLIED)
            return false;
    return true;
}

static const char *outcome_words(struct step *s, const struct agent_plan *plan)
{
    struct buf out = {.arena = s->arena};

    for (size_t i = 0; i < plan->category_count; i++) {
        const struct agent_category *category = &plan->categories[i];

        if (category->journal != CATEGORY_APPLIED && out.size < OUTCOME_CHARS)
            buf_printf(&out, "%s%s %s%s%s", out.size ? "; " : "", category->name,
                       category_journal_name[category->journal], category->text ? ": " : "",
                       category->text ? category->text : "");
    }
    return out.size ? buf_cstr(&out)
                    : arena_printf(s->arena, "%zu categories are back", plan->category_count);
}

/* Nothing that is half tried stays behind when the package cannot be read any more. */
static bool cannot_open(struct step *s, size_t i, struct err *err)
{
    char *text = arena_dup(s->arena, err->text);

    if (s->agent->state.plan->categories[i].journal == CATEGORY_TRYING)
        return put_back(s, i, CATEGORY_FAILED, text, err);
    return step_refuse(s, err);
}

bool run_restoring(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_plan *plan = agent->state.plan;
    size_t i = next_of(plan);

    if (i == plan->category_count)
        return agent_end(agent, !is_all_applied(plan), is_all_applied(plan) ? 0 : REPORT_RESTORING,
                         outcome_words(s, plan), s->now_ms, err);
    if (!agent_takes_backups(agent))
        return FAIL(err, ERR_INVALID, "this machine takes part in restores no more") || step_refuse(s, err);
    if (!agent_package_open(agent, err))
        return cannot_open(s, i, err);
    return run_category(s, i, err);
}
