#include "sim/talk.h"

#include "domain/attributes.h"
#include "domain/confirm.h"
#include "domain/deployment.h"
#include "domain/report.h"
#include "domain/seen.h"
#include "sim/invariants.h"
#include "sim/service.h"
#include "store/devices.h"

static bool is_lost(struct sim *sim, int64_t percent)
{
    return !sim->is_draining && dice_chance(&sim->dice, percent);
}

static struct device device_of(struct sim *sim, const struct machine *m)
{
    struct device device = {0};
    struct err err = {0};

    if (!store_device_by_id(sim->world.store, sim->arena, m->id, &device, &err))
        sim_break(sim, "doors_answer", "%s is not there: %s", m->name, err.text);
    device.quirk = (enum device_quirk)m->quirk;
    return device;
}

/* ---- check-in ----------------------------------------------------------------------------- */

static bool ask(struct sim *sim, struct machine *m, const struct device *device, struct checkin *out)
{
    struct err err = {0};

    if (checkin_ask(&sim->world, sim->arena, device, false, sim_now(sim), out, &err) &&
        (!out->needs_writer || checkin_ask(&sim->world, sim->arena, device, true, sim_now(sim), out, &err)))
        return true;
    sim_break(sim, "doors_answer", "the check-in of %s: %s", m->name, err.text);
    return false;
}

static void judge_shown(struct sim *sim, struct machine *m, const struct checkin *answer)
{
    struct row *row = answer->action ? ledger_row(&sim->ledger, answer->action->id) : NULL;
    struct moment moment = {.kind = MOMENT_SHOWN, .machine = m, .row = row, .now_ms = sim_now(sim)};

    if (!row || answer->kind != CHECKIN_DEPLOY)
        return;
    invariants_judge(sim, &moment);
}

bool talk_ask(struct sim *sim, struct machine *m, struct heard *out)
{
    struct device device = device_of(sim, m);
    struct checkin answer;

    if (is_lost(sim, m->loses))
        return false;
    seen_note(sim->world.seen, m->id, sim_now(sim), "192.0.2.7");
    if (!ask(sim, m, &device, &answer))
        return false;
    service_settle(sim, m->id);
    if (is_lost(sim, m->loses / 2)) {
        sim_tell(sim, "%s does not hear the answer to its check-in", m->name);
        return false;
    }
    if (answer.kind != CHECKIN_NOTHING)
        sim_tell(sim, "%s is shown action %lld%s", m->name, (long long)answer.action->id,
                 answer.kind == CHECKIN_CANCEL    ? ", called back"
                 : answer.kind == CHECKIN_CONFIRM ? ", to be confirmed"
                                                  : "");
    judge_shown(sim, m, &answer);
    m->answered_ms = sim->true_ms;
    m->answered_now_ms = sim_now(sim);
    *out = (struct heard){.kind = answer.kind,
                          .action = answer.action ? answer.action->id : 0,
                          .sleep_s = answer.sleep_s,
                          .wants_attributes = answer.wants_attributes};
    return true;
}

/* ---- deployment --------------------------------------------------------------------------- */

static void judge_allowed(struct sim *sim, struct machine *m, int64_t action)
{
    struct row *row = ledger_row(&sim->ledger, action);
    struct moment moment = {.kind = MOMENT_ALLOWED, .machine = m, .row = row, .now_ms = sim_now(sim)};

    if (row)
        invariants_judge(sim, &moment);
}

static void note_read(struct sim *sim, int64_t action)
{
    struct row *row = ledger_row(&sim->ledger, action);

    if (row)
        row->read_ms = sim->true_ms;
}

enum talk talk_read(struct sim *sim, struct machine *m, int64_t action, struct allowed *out)
{
    struct device device = device_of(sim, m);
    struct deployment d = {0};
    struct err err = {0};

    service_may_crash(sim);
    if (is_lost(sim, m->loses))
        return TALK_LOST;
    if (!deployment_load(&sim->world, sim->arena, &device, action, DEPLOYMENT_OFFERED, 0, true, sim_now(sim),
                         &d, &err)) {
        if (err.code != ERR_NOT_FOUND)
            sim_break(sim, "doors_answer", "%s reads action %lld: %s", m->name, (long long)action, err.text);
        return TALK_GONE;
    }
    service_settle(sim, m->id);
    m->answered_ms = sim->true_ms;
    m->answered_now_ms = sim_now(sim);
    *out = (struct allowed){.action = action,
                            .release = d.action.release_id,
                            .closes_ms = d.orders.schedule.has_window ? d.orders.schedule.closes_ms : 0,
                            .may_download = d.orders.download != HANDLING_SKIP,
                            .may_install = d.orders.update != HANDLING_SKIP,
                            .has_window = d.orders.schedule.has_window};
    note_read(sim, action);
    if (out->may_install)
        judge_allowed(sim, m, action);
    return TALK_READ;
}

/* ---- feedback ----------------------------------------------------------------------------- */

/* No other refusal may come than these: over, not theirs to say now, not there, a quota. */
static bool is_expected(const struct err *err)
{
    return err->code == ERR_GONE || err->code == ERR_NOT_ALLOWED || err->code == ERR_NOT_FOUND ||
           err->code == ERR_TOO_MANY;
}

static void deliver(struct sim *sim, struct machine *m, const struct word *word)
{
    struct device device = device_of(sim, m);
    const struct span text = span_of(word->text ? word->text : "");
    struct report report = {.execution = (enum execution)word->execution,
                            .finished = (enum finished)word->finished,
                            .has_code = word->code != 0,
                            .code = word->code,
                            .details = &text,
                            .detail_count = word->text ? 1 : 0};
    struct err err = {0};
    bool is_taken =
        word->is_cancel
            ? report_cancel(&sim->world, sim->arena, &device, word->action, &report, sim_now(sim), &err)
            : report_take(&sim->world, sim->arena, &device, word->action, &report, sim_now(sim), &err);

    sim_tell(sim, "%s says %s%s%s of action %lld%s: %s", m->name, word->is_cancel ? "cancel " : "",
             execution_name[word->execution], word->finished ? finished_name[word->finished] : "",
             (long long)word->action, word->code ? " with a code" : "", is_taken ? "taken" : err.text);
    if (!is_taken && !is_expected(&err))
        sim_break(sim, "doors_answer", "%s says %s of action %lld: %s", m->name,
                  execution_name[word->execution], (long long)word->action, err.text);
    service_settle(sim, m->id);
}

static void send_later(struct sim *sim, struct machine *m, const struct word *word)
{
    struct word *late = &sim->late[sim->late_count];

    if (sim->late_count == LATE_MAX)
        return;
    *late = *word;
    late->machine = (int)(m - sim->machines);
    late->due_ms = sim->true_ms + dice_between(&sim->dice, 1, 600) * MINUTE_MS;
    sim->late_count++;
}

void talk_late(struct sim *sim, int at)
{
    struct word word = sim->late[at];

    sim->late[at] = sim->late[--sim->late_count];
    deliver(sim, &sim->machines[word.machine], &word);
}

bool talk_say(struct sim *sim, struct machine *m, const struct word *word)
{
    service_may_crash(sim);
    if (is_lost(sim, m->loses)) {
        sim_tell(sim, "%s is not heard about action %lld", m->name, (long long)word->action);
        return false;
    }
    if (is_lost(sim, m->lates)) {
        send_later(sim, m, word);
        return dice_chance(&sim->dice, 50);
    }
    deliver(sim, m, word);
    if (is_lost(sim, m->repeats))
        deliver(sim, m, word);
    return !is_lost(sim, m->loses / 2);
}

void talk_confirm(struct sim *sim, struct machine *m, int64_t action, bool is_yes)
{
    struct device device = device_of(sim, m);
    struct who who = {.kind = WHO_IS_DEVICE, .tenant_id = sim->tenant_id, .name = m->name, .device = &device};
    const struct confirmation said = {.is_yes = is_yes};
    struct err err = {0};

    service_may_crash(sim);
    if (!confirm_take(&sim->world, &who, sim->arena, &device, action, &said, sim_now(sim), &err) &&
        err.code != ERR_NOT_FOUND && err.code != ERR_GONE)
        sim_break(sim, "doors_answer", "%s confirms action %lld: %s", m->name, (long long)action, err.text);
    sim_tell(sim, "somebody at %s says %s to action %lld", m->name, is_yes ? "yes" : "no", (long long)action);
    service_settle(sim, m->id);
}

void talk_version(struct sim *sim, struct machine *m)
{
    struct device device = device_of(sim, m);
    const struct attribute_change change = {
        .name = "component.system", .value = m->version < 0 ? "1.0" : sim->packages[m->version].version};
    struct err err = {0};

    service_may_crash(sim);
    if (is_lost(sim, m->loses))
        return;
    if (!attributes_take(&sim->world, sim->arena, &device, ATTRIBUTES_MERGE, &change, 1, sim_now(sim), &err))
        sim_break(sim, "doors_answer", "%s tells its version: %s", m->name, err.text);
    sim_tell(sim, "%s tells that it runs %s", m->name, change.value);
    m->tells_version = false;
    service_settle(sim, m->id);
}
