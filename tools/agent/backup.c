#include "tools/agent/step.h"

#include "base/text.h"

#define TRIES_MAX 3                  /* before an update; what waits for nothing is tried on and on */
#define HOLD_OFF_MS (10 * 60 * 1000) /* after a refusal: the service goes on asking */
#define NONE_TAKEN "the service takes no backups"

bool backup_is_asked(const struct agent *agent)
{
    const struct agent_settings *settings = &agent->setup.settings;

    return settings->is_asked && settings->is_asked(settings->ctx);
}

static bool may_back_up_in(enum agent_phase phase)
{
    return phase == AGENT_IDLE || phase == AGENT_OFFERED || phase == AGENT_WAITING_WINDOW ||
           phase == AGENT_WAITING_IDLE;
}

bool backup_is_due(const struct step *s)
{
    const struct agent *agent = s->agent;

    return agent_takes_backups(agent) && may_back_up_in(agent->state.phase) &&
           agent->backup_next_ms <= s->now_ms &&
           (agent->state.backup || agent->is_backup_wanted || backup_is_asked(agent));
}

/* ---- its end -------------------------------------------------------------------- */

static void settle(struct agent *agent, int64_t now_ms)
{
    const struct agent_settings *settings = &agent->setup.settings;
    const struct agent_backed_up *ended = &agent->state.backed_up;

    agent->backup_tries = agent->backup_stumbles = 0;
    agent->sent = -1;
    agent->is_backup_wanted = false;
    agent->backup_next_ms = ended->id ? 0 : now_ms + HOLD_OFF_MS;
    /* And listens again; but who was asked for what it cannot give would be asked again at once. */
    if (agent->state.phase == AGENT_IDLE &&
        (ended->id || (ended->trigger != BACKUP_TECHNICIAN && ended->trigger != BACKUP_SCHEDULE)))
        agent->next_poll_ms = now_ms;
    settings->outgoing_drop(settings->ctx);
    if (ended->trigger == BACKUP_PANEL && settings->answer)
        settings->answer(settings->ctx, ended);
    if (agent->setup.backed_up)
        agent->setup.backed_up(agent->setup.ctx, ended);
}

/* The id, or why there is none. */
static bool end(struct step *s, enum backup_trigger trigger, const char *id, const char *text,
                struct err *err)
{
    struct agent *agent = s->agent;
    struct agent_state next = agent_state_copy(s->arena, &agent->state);

    next.backup = NULL;
    next.backed_up = (struct agent_backed_up){.trigger = trigger, .id = id, .text = text, .at_ms = s->now_ms};
    if (next.phase == AGENT_BACKING_UP)
        next.plan->is_backed_up = true;
    if (!agent_adopt(agent, &next, s->now_ms, err))
        return false;
    settle(agent, s->now_ms);
    return true;
}

/* What stands in the way of a backup never stands in the way of an update for ever. */
static bool trouble(struct step *s, enum backup_trigger trigger, struct err *err)
{
    struct agent *agent = s->agent;
    char *text = arena_dup(s->arena, err->text);

    if (agent_is_passing(err) &&
        (agent->state.phase != AGENT_BACKING_UP || ++agent->backup_tries < TRIES_MAX))
        return false;
    return end(s, trigger, NULL, text, err);
}

/* ---- its beginning ------------------------------------------------------------------ */

static bool make(struct step *s, const struct backup_terms *terms, const struct agent_backup *wish,
                 struct err *err)
{
    struct agent *agent = s->agent;
    struct agent_state next = agent->state;
    struct agent_backup backup = *wish;

    if (!agent_backup_make(agent, s->arena, terms, s->now_ms, &backup, err))
        return false;
    next.backup = &backup;
    agent->sent = -1;
    return agent_adopt(agent, &next, s->now_ms, err);
}

/* At the panel, from afar, or on the hour that the service keeps. False in *is_wanted: it was a mistake. */
static bool wish_find(struct agent *agent, const struct backup_terms *terms, enum backup_trigger *out)
{
    if (backup_is_asked(agent)) {
        *out = BACKUP_PANEL;
        return true;
    }
    return terms->wanted && backup_trigger_parse(terms->wanted, out);
}

static bool begin(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    struct agent_backup wish = {.trigger = backup_is_asked(agent) ? BACKUP_PANEL : BACKUP_TECHNICIAN};
    struct backup_terms terms;

    if (agent->state.backup)
        wish = *agent->state.backup;
    if (!agent_backup_terms(agent, s->arena, &terms, err)) {
        if (err->code == ERR_NOT_FOUND)
            return end(s, wish.trigger, NULL, NONE_TAKEN, err);
        return trouble(s, wish.trigger, err);
    }
    if (!agent->state.backup && !wish_find(agent, &terms, &wish.trigger)) {
        agent->is_backup_wanted = false;
        return true;
    }
    return make(s, &terms, &wish, err) || trouble(s, wish.trigger, err);
}

/* ---- its way ---------------------------------------------------------------------------- */

static bool place_keep(struct step *s, const char *where, struct err *err)
{
    struct agent_state next = agent_state_copy(s->arena, &s->agent->state);

    next.backup->where = where;
    return agent_adopt(s->agent, &next, s->now_ms, err);
}

static bool go_on(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    enum backup_trigger trigger = agent->state.backup->trigger;
    enum tus_news news;
    const char *text = NULL;

    if (!agent_tus(agent, s->arena, &news, &text, err))
        return trouble(s, trigger, err);
    switch (news) {
    case TUS_CREATED:
        return place_keep(s, text, err);
    case TUS_GONE:
        return place_keep(s, NULL, err);
    case TUS_DONE:
        return end(s, trigger, text, NULL, err);
    default:
        return true;
    }
}

bool run_backup(struct step *s, struct err *err)
{
    const struct agent_backup *backup = s->agent->state.backup;

    return backup && backup->about ? go_on(s, err) : begin(s, err);
}

/* ---- before something happens, and after it ------------------------------------------------ */

void backup_want(struct agent_state *next, enum backup_trigger trigger, struct agent_backup *room)
{
    *room =
        (struct agent_backup){.trigger = trigger, .action = next->plan->id, .restore = next->plan->restore};
    next->backup = room;
}

enum agent_phase backup_goes_before(const struct agent *agent)
{
    const struct agent_plan *plan = agent->state.plan;

    if (agent_takes_backups(agent) && !plan->is_backed_up)
        return AGENT_BACKING_UP;
    return plan->restore ? AGENT_RESTORING : AGENT_INSTALLING;
}

bool backup_begin_before(struct step *s, struct err *err)
{
    struct agent_state next = s->agent->state;
    struct agent_backup room;

    backup_want(&next, next.plan->restore ? BACKUP_BEFORE_RESTORE : BACKUP_BEFORE_UPDATE, &room);
    next.phase = AGENT_BACKING_UP;
    s->agent->backup_tries = s->agent->backup_stumbles = 0;
    return agent_adopt(s->agent, &next, s->now_ms, err);
}

/* A courtesy: the service knows from its own list, too. */
static void remark_tell(struct step *s)
{
    const struct agent_backed_up *ended = &s->agent->state.backed_up;
    struct err unheard;

    if (ended->id || text_equal(ended->text, NONE_TAKEN))
        return;
    if (!agent_report(s->agent, s->arena, "proceeding", REPORT_BACKING_UP, 0, 0,
                      arena_printf(s->arena, "no backup: %s", ended->text), &unheard))
        return;
}

bool run_backing_up(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (agent->state.backup && agent_takes_backups(agent)) {
        if (!run_backup(s, err))
            return false;
        if (agent->state.backup)
            return true;
        remark_tell(s);
    }
    return waiting_is_over(s, err);
}
