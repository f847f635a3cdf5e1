#include "api/show_restore.h"

#include "base/text.h"

static void raw_if(struct json_out *j, const char *name, const char *json)
{
    if (!text_blank(json))
        json_raw(j, name, span_of(json));
}

static void show_facts(struct json_out *j, const struct restore_facts *facts)
{
    json_open(j, "facts");
    json_text(j, "source_model", facts->source_model);
    json_text(j, "source_device", facts->source_device);
    json_text(j, "target_model", facts->target_model);
    json_text(j, "target_id", facts->target_id);
    json_text(j, "target_serial", facts->target_serial);
    json_bool(j, "is_same_chassis", facts->is_same_chassis);
    json_text(j, "recipient", facts->recipient);
    json_bool(j, "move_adjustments", facts->move_adjustments);
    json_close(j);
}

/* Absent until there is one. */
static void show_plan(struct json_out *j, const struct restore *r)
{
    if (text_blank(r->digest))
        return;
    json_bool(j, "is_whole", r->is_whole);
    json_text(j, "digest", r->digest);
    raw_if(j, "counts", r->counts);
    json_text_if(j, "text", r->text);
    raw_if(j, "plan", r->plan);
    json_text(j, "categories", r->categories);
}

static void show_consent(struct json_out *j, const struct restore *r)
{
    if (!r->consent_ms)
        return;
    json_open(j, "consent");
    json_text(j, "by", r->consent_by);
    json_text(j, "text", r->consent_text);
    json_time_if(j, "at", r->consent_ms);
    json_close(j);
}

static void show_start(struct json_out *j, const struct restore *r)
{
    json_time_if(j, "started", r->started_ms);
    json_time_if(j, "expires", r->expires_ms);
    json_time_if(j, "redeemed", r->redeemed_ms);
    if (r->started_ms) {
        json_int(j, "counter", r->counter);
        json_int(j, "action", r->action_id);
        json_int(j, "size", r->size);
    }
}

void show_restore(struct json_out *j, const char *name, const struct restore_view *view)
{
    const struct restore *r = &view->restore;

    json_open(j, name);
    json_int(j, "id", r->id);
    json_int(j, "backup", r->backup_id);
    json_text(j, "device", view->facts.target_id);
    json_text(j, "state", restore_state_name[r->state]);
    json_text(j, "custody", view->facts.custody);
    json_text_if(j, "wish", r->wish);
    show_plan(j, r);
    show_facts(j, &view->facts);
    json_time_if(j, "created", r->created_ms);
    json_text(j, "created_by", r->created_by);
    json_text_if(j, "approved_by", r->approved_by);
    json_bool(j, "needs_approval", view->facts.needs_approval);
    json_bool(j, "needs_consent", view->facts.needs_consent);
    show_consent(j, r);
    show_start(j, r);
    raw_if(j, "results", r->results);
    json_text_if(j, "reason", r->reason);
    json_time_if(j, "ended", r->ended_ms);
    json_close(j);
}
