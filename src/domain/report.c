#include "domain/report.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/plans.h"
#include "domain/recall.h"
#include "domain/refusal.h"
#include "domain/restore_end.h"
#include "domain/retry.h"
#include "domain/terms.h"
#include "domain/timing.h"
#include "domain/workday.h"
#include "model/busy.h"
#include "store/devices.h"
#include "store/releases.h"

/* ---- what is noted ---------------------------------------------------------------- */

/* The longest beginning that is one message; a byte that is no character counts as one. */
static size_t message_size(struct span text)
{
    size_t size = 0;

    for (int chars = 0; chars < STATUS_MESSAGE_CHARS && size < text.size; chars++) {
        size_t step = text_utf8_size(span_make(text.at + size, text.size - size));

        size += step ? step : 1;
    }
    return size;
}

/* Details as a JSON list of messages of at most 512 characters; writes the first `max`, counts all. */
static size_t messages_write(struct json_out *j, const struct report *report, size_t max)
{
    size_t count = 0;

    json_open_list(j, NULL);
    for (size_t i = 0; i < report->detail_count; i++) {
        struct span rest = report->details[i];

        while (rest.size > 0) {
            size_t size = message_size(rest);

            if (count++ < max)
                json_span(j, NULL, span_make(rest.at, size));
            rest = span_make(rest.at + size, rest.size - size);
        }
    }
    json_close(j);
    return count;
}

static const char *message_list(struct arena *arena, const char *message)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_open_list(&j, NULL);
    if (message)
        json_text(&j, NULL, message);
    json_close(&j);
    return buf_cstr(&b);
}

/* What the service says by itself is marked, as hawkBit does it: devices do not hear it back as history. */
static const char *own_words(struct arena *arena, const char *message)
{
    return !message || text_starts(message, SERVICE_SAYS) ? message
                                                          : arena_printf(arena, SERVICE_SAYS "%s", message);
}

/* ---- moving ------------------------------------------------------------------------ */

/* Inside a tx: the row and its tally follow, then `action` itself, then the restore it brings. */
static bool move(struct store *store, struct action *action, enum action_state to, int64_t now_ms,
                 struct err *err)
{
    bool moved;

    if (to == ACTION_CANCELING)
        action->cancel_from = action->state;
    if (!store_action_move(store, action, to, now_ms, &moved, err))
        return false;
    if (!moved)
        return FAIL(err, ERR_BUSY, "action %" PRId64 " was moved by another", action->id);
    action->state = to;
    action->updated_ms = now_ms;
    action->closed_ms = action_is_closed(to) ? now_ms : 0;
    if (to == ACTION_HEALTHY && action->step < action->steps && !store_action_step_over(store, action, err))
        return false;
    return !action->restore_id || restore_settle(store, action, now_ms, err);
}

bool report_apply(struct store *store, struct action *action, enum action_event event, const char *type,
                  const char *message, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct action_status entry = {.action_id = action->id, .at_ms = now_ms, .type = type};
    enum action_state to;

    switch (report_law(action, event, false, &to)) {
    case MOVE_NO:
        return FAIL(err, ERR_CONFLICT, "action %" PRId64 " is %s: %s is not possible", action->id,
                    action_state_name[action->state], action_event_name[event]);
    case MOVE_SAME:
    case MOVE_STAY:
        break;
    case MOVE_TO:
        if (!move(store, action, to, now_ms, err))
            return false;
    }
    entry.messages = message_list(arena, own_words(arena, message));
    return !message || store_action_status_put(store, &entry, err);
}

/* ---- what a device says --------------------------------------------------------------- */

/* Our agent says its phase in status.code; stock clients' codes mean nothing here. */
static enum action_event phase_of(const struct report *report)
{
    if (!report->has_code)
        return EVENT_HEARD;
    switch (report->code) {
    case REPORT_WAITING_WINDOW:
    case REPORT_WAITING_IDLE:
        return EVENT_WAITING;
    case REPORT_BACKING_UP:
        return EVENT_BACKING_UP;
    case REPORT_INSTALLING:
    case REPORT_RESTORING:
        return EVENT_INSTALLING;
    case REPORT_REBOOTING:
    case REPORT_SELF_TEST:
        return EVENT_REBOOTING;
    default:
        return EVENT_HEARD;
    }
}

struct meaning {
    enum action_event event;
    const char *type; /* hawkBit's status name */
};

/* A download-only action ends with its download; "success" of one is no proof that anything was installed. */
static struct meaning meaning_of(const struct action *action, const struct report *report)
{
    bool is_download_only = action->kind == ACTION_DOWNLOAD_ONLY;

    switch (report->execution) {
    case EXECUTION_CLOSED:
        if (report->finished == FINISHED_FAILURE)
            return (struct meaning){EVENT_FAILURE, "ERROR"};
        return (struct meaning){is_download_only ? EVENT_FETCHED : EVENT_SUCCESS, "FINISHED"};
    case EXECUTION_DOWNLOAD:
        return (struct meaning){EVENT_DOWNLOADING, "DOWNLOAD"};
    case EXECUTION_DOWNLOADED:
        return (struct meaning){is_download_only ? EVENT_FETCHED : EVENT_DOWNLOADED, "DOWNLOADED"};
    case EXECUTION_REJECTED:
        return (struct meaning){EVENT_REMARK, "WARNING"};
    case EXECUTION_CANCELED:
        return (struct meaning){EVENT_REMARK, "CANCELED"};
    default:
        return (struct meaning){phase_of(report), "RUNNING"};
    }
}

static struct meaning cancel_meaning_of(const struct report *report)
{
    switch (report->execution) {
    case EXECUTION_CLOSED:
        if (report->finished == FINISHED_FAILURE)
            return (struct meaning){EVENT_CANCEL_REFUSED, "ERROR"};
        return (struct meaning){EVENT_CANCEL_TAKEN, "CANCELED"};
    case EXECUTION_CANCELED:
        return (struct meaning){EVENT_CANCEL_TAKEN, "CANCELED"};
    case EXECUTION_REJECTED:
        return (struct meaning){EVENT_CANCEL_REFUSED, "CANCEL_REJECTED"};
    default:
        return (struct meaning){EVENT_REMARK, "RUNNING"};
    }
}

bool report_note(struct store *store, struct arena *arena, const struct action *action,
                 const struct report *report, const char *type, int64_t now_ms, struct err *err)
{
    struct action_status entry = {.action_id = action->id, .at_ms = now_ms, .type = type};
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};
    bool is_closing = report->execution == EXECUTION_CLOSED;

    if (!is_closing && action->status_count >= ACTION_STATUS_MAX)
        return FAIL(err, ERR_TOO_MANY, "action %" PRId64 " has %d entries; only closed is taken now",
                    action->id, ACTION_STATUS_MAX);
    if (messages_write(&j, report, STATUS_MESSAGES_MAX) > STATUS_MESSAGES_MAX && !is_closing)
        return FAIL(err, ERR_TOO_MANY, "one report has at most %d messages of %d characters",
                    STATUS_MESSAGES_MAX, STATUS_MESSAGE_CHARS);
    entry.code = report->has_code ? report->code : 0;
    entry.messages = buf_cstr(&b);
    return store_action_status_put(store, &entry, err);
}

/* The last line that says something, for people who look at a failure. */
static const char *last_line(struct arena *arena, const struct report *report)
{
    for (size_t i = report->detail_count; i-- > 0;) {
        struct span line = text_trim(report->details[i]);

        if (line.size > 0)
            return arena_text(arena, span_make(line.at, message_size(line)));
    }
    return "the device reported a failure without a reason";
}

/* What keeps it, as it says itself; any other word ends that. The service's clock counts. */
static void note_busy(struct arena *arena, struct action *action, const struct report *report, int64_t now_ms)
{
    const char *heard = NULL;

    if (report->execution != EXECUTION_CLOSED && report->has_code && report->code == REPORT_WAITING_IDLE)
        for (size_t i = 0; i < report->detail_count && !heard; i++)
            heard = busy_heard(arena, report->details[i]);
    heard = heard ? heard : "";
    if (!text_equal(heard, action->busy))
        action->busy_ms = *heard ? now_ms : 0;
    action->busy = heard;
}

/* What the action brought now runs on the device. */
static bool installed(struct store *store, struct arena *arena, const struct action *action, int64_t now_ms,
                      struct err *err)
{
    struct release release;
    int64_t *ids;
    size_t count = action_modules(arena, action->modules, &ids);

    for (size_t i = 0; i < count; i++) {
        struct module module;

        if (!store_module_get(store, arena, action->tenant_id, ids[i], &module, err))
            return false;
        const struct device_component now = {.component = module.component,
                                             .version = module.version,
                                             .sha256 = module.sha256,
                                             .updated_ms = now_ms};
        if (!store_component_put(store, action->device_id, &now, err))
            return false;
    }
    return store_release_get(store, arena, action->tenant_id, action->release_id, &release, err) &&
           store_device_installed(store, action->device_id, action->id, release.counter, err);
}

static bool consequences(struct store *store, struct arena *arena, const struct action *action,
                         enum action_event event, enum action_state from, const struct action_rules *rules,
                         int64_t now_ms, struct err *err)
{
    if (action->restore_id)
        return true; /* settings are no firmware */
    if (event == EVENT_FAILURE && from != ACTION_CANCELING)
        return retry_after(store, action, rules, now_ms, err);
    if (event == EVENT_SUCCESS) /* a late word tells nothing of how long it took */
        return installed(store, arena, action, now_ms, err) &&
               (from == ACTION_SILENT || timing_note(store, action, now_ms, err));
    if (event == EVENT_FETCHED)
        return store_device_ask(store, action->device_id, true, err);
    return true;
}

static bool repeat_allowed(const struct action *action, int64_t now_ms, struct err *err)
{
    if (action->closed_ms && now_ms - action->closed_ms > LATE_CLOSED_GRACE_MS)
        return FAIL(err, ERR_GONE, "action %" PRId64 " ended long ago", action->id);
    return true;
}

static bool refusal(const struct action *action, struct err *err)
{
    return FAIL(err, action->state == ACTION_CONFIRMING ? ERR_NOT_FOUND : ERR_GONE,
                "action %" PRId64 " is %s", action->id, action_state_name[action->state]);
}

/* Still in the same state: heard of. While it soaks, only its start counts. */
static bool stay(struct store *store, struct action *action, int64_t now_ms, struct err *err)
{
    if (action->state != ACTION_SOAKING)
        action->updated_ms = now_ms;
    return store_action_touch(store, action, err);
}

/* A restore's success counts when its results say the same: else it is a failure, and *why says so. */
static bool weigh_success(struct store *store, struct arena *arena, const struct action *action,
                          struct meaning *meaning, const char **why, struct err *err)
{
    *why = NULL;
    if (!action->restore_id || meaning->event != EVENT_SUCCESS)
        return true;
    if (!restore_falls_short(store, arena, action, why, err))
        return false;
    if (*why)
        *meaning = (struct meaning){EVENT_FAILURE, "ERROR"};
    return true;
}

/* Inside a tx. *is_new false: a closing word repeated, nothing was written. */
static bool take(struct world *world, struct arena *arena, struct action *action, const struct report *report,
                 struct meaning meaning, int64_t now_ms, bool *is_new, struct err *err)
{
    enum action_state from = action->state, to = from;
    struct store *store = world->store;
    struct action_rules rules;
    struct rollout_terms terms;
    const char *why;

    if (!store_action_rules(store, arena, action->rollout_id, &rules, err) ||
        !terms_text(arena, rules.terms, &terms, err) ||
        !weigh_success(store, arena, action, &meaning, &why, err))
        return false;
    enum move_kind kind = report_law(action, meaning.event, rules.soak_min > 0 || terms.soaks_workday, &to);

    *is_new = kind != MOVE_SAME;
    if (kind == MOVE_NO)
        return refusal(action, err);
    if (kind == MOVE_SAME)
        return repeat_allowed(action, now_ms, err);
    if (!report_note(store, arena, action, report, meaning.type, now_ms, err))
        return false;
    if (report->has_code)
        action->code = report->code;
    note_busy(arena, action, report, now_ms);
    if (meaning.event == EVENT_FAILURE)
        action->error = why ? why : last_line(arena, report);
    return (kind == MOVE_TO ? move(store, action, to, now_ms, err) : stay(store, action, now_ms, err)) &&
           (from == to || to != ACTION_SOAKING || !terms.soaks_workday ||
            workday_soak(world, arena, action, now_ms, err)) &&
           consequences(store, arena, action, meaning.event, from, &rules, now_ms, err) &&
           (from != ACTION_SILENT || recall_late(store, arena, action, &rules, now_ms, err));
}

static bool own_action(struct store *store, struct arena *arena, const struct device *device,
                       int64_t action_id, struct action *out, struct err *err)
{
    return store_action_get(store, arena, device->tenant_id, action_id, out, err) &&
           (out->device_id == device->id ||
            FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " is not of %s", action_id, device->controller_id));
}

/* It said that it was attacked: somebody has to hear of it. */
static bool alarm(struct world *world, struct arena *arena, const struct device *device,
                  const struct action *action, const struct report *report, int64_t now_ms, struct err *err)
{
    enum attack attack = report->has_code ? refusal_of(report->code) : ATTACK_NONE;

    return attack == ATTACK_NONE || action->state != ACTION_FAILED ||
           refusal_note(world, arena, device, action, attack, action->error, now_ms, err);
}

bool report_take(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                 const struct report *report, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action action;
    bool is_new;

    if (!tx_begin(&tx, world->store, err) ||
        !own_action(world->store, arena, device, action_id, &action, err) ||
        !take(world, arena, &action, report, meaning_of(&action, report), now_ms, &is_new, err))
        return false;
    if (!is_new)
        return true;
    if (!alarm(world, arena, device, &action, report, now_ms, err) || !tx_commit(&tx, err))
        return false;
    if (meaning_of(&action, report).event == EVENT_SUCCESS)
        plans_measured(world->plans, device->tenant_id);
    return true;
}

bool report_cancel(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                   const struct report *report, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action action;
    bool is_new;

    if (!tx_begin(&tx, world->store, err) ||
        !own_action(world->store, arena, device, action_id, &action, err))
        return false;
    if (action.state != ACTION_CANCELING && action.state != ACTION_RECALLED)
        return FAIL(err, ERR_NOT_ALLOWED, "action %" PRId64 " is not being called back", action_id);
    if (!take(world, arena, &action, report, cancel_meaning_of(report), now_ms, &is_new, err))
        return false;
    return !is_new || tx_commit(&tx, err);
}
