#include "api/show_device.h"

#include "base/text.h"
#include "domain/drift.h"
#include "domain/failure.h"

void show_entries(struct json_out *j, const char *name, const struct action_status *entries, size_t count)
{
    json_open_list(j, name);
    for (size_t i = 0; i < count; i++) {
        json_open(j, NULL);
        json_time_if(j, "at", entries[i].at_ms);
        json_text(j, "type", entries[i].type);
        if (entries[i].code)
            json_int(j, "code", entries[i].code);
        json_raw(j, "messages", span_of(text_blank(entries[i].messages) ? "[]" : entries[i].messages));
        json_close(j);
    }
    json_close(j);
}

/* "12,13" -> [12,13] */
static void show_modules(struct json_out *j, const char *modules)
{
    struct span rest = span_of(modules), piece;
    int64_t id;
    struct err err = {0};

    json_open_list(j, "modules");
    while (text_split(&rest, ',', &piece)) {
        char text[24] = "";

        if (piece.size < sizeof(text))
            memcpy(text, piece.at, piece.size);
        if (text_int(text, "module", 1, INT32_MAX, &id, &err))
            json_int(j, NULL, id);
    }
    json_close(j);
}

/* What it brings. */
static void show_burden(struct json_out *j, const struct action_view *v)
{
    if (v->action.restore_id) {
        json_int(j, "restore", v->action.restore_id);
        return;
    }
    json_open(j, "release");
    json_int(j, "id", v->action.release_id);
    json_text(j, "family", v->family);
    json_text(j, "version", v->version);
    json_close(j);
}

void show_action(struct json_out *j, const char *name, const struct action_view *v, bool with_entries)
{
    const struct action *a = &v->action;

    json_open(j, name);
    json_int(j, "id", a->id);
    json_text(j, "device", v->controller_id);
    show_burden(j, v);
    if (a->rollout_id) {
        json_int(j, "rollout", a->rollout_id);
        json_int(j, "stage", a->stage);
    }
    json_text(j, "state", action_state_name[a->state]);
    json_text(j, "kind", action_kind_name[a->kind]);
    show_modules(j, a->modules);
    if (a->code)
        json_int(j, "code", a->code);
    json_text_if(j, "error", a->error);
    if (a->state == ACTION_FAILED)
        json_text(j, "failure", failure_class_name[failure_of(a->code, a->error)]);
    json_text_if(j, "busy", a->busy);
    json_time_if(j, "busy_since", a->busy_ms);
    if (a->tries > 1)
        json_int(j, "tries", a->tries);
    json_time_if(j, "retry", a->retry_ms);
    if (a->steps) {
        json_int(j, "step", a->step);
        json_int(j, "steps", a->steps);
    }
    json_time_if(j, "soak_until", a->soak_until_ms);
    json_time_if(j, "created", a->created_ms);
    json_time_if(j, "updated", a->updated_ms);
    json_time_if(j, "closed", a->closed_ms);
    if (with_entries)
        show_entries(j, "entries", v->entries, v->entry_count);
    json_close(j);
}

static void show_parts(struct json_out *j, const struct device_view *v)
{
    json_open_list(j, "tags");
    for (size_t i = 0; i < v->tag_count; i++)
        json_text(j, NULL, v->tags[i]);
    json_close(j);
    json_open(j, "components");
    for (size_t i = 0; i < v->component_count; i++)
        json_text(j, v->components[i].component, v->components[i].version);
    json_close(j);
    json_open(j, "attributes");
    for (size_t i = 0; i < v->attribute_count; i++)
        json_text(j, v->attributes[i].name, v->attributes[i].value);
    json_close(j);
}

/* Left out where there is nothing to say, which is almost everywhere. */
static void show_line(struct json_out *j, const struct device_view *v)
{
    if (v->twin_count > 0) {
        json_open_list(j, "same_serial");
        for (size_t i = 0; i < v->twin_count; i++)
            json_text(j, NULL, v->twins[i]);
        json_close(j);
    }
    if (v->former_count == 0)
        return;
    json_open_list(j, "former");
    for (size_t i = 0; i < v->former_count; i++) {
        json_open(j, NULL);
        json_text(j, "device", v->formers[i].former);
        json_text(j, "work_order", v->formers[i].join.work_order);
        json_text(j, "by", v->formers[i].join.joined_by);
        json_time_if(j, "at", v->formers[i].join.joined_ms);
        json_close(j);
    }
    json_close(j);
}

static void show_backups(struct json_out *j, const struct device *d)
{
    json_open(j, "backup");
    json_time_if(j, "last", d->backup_ms);
    json_time_if(j, "wanted", d->wants_backup_ms);
    json_close(j);
}

/* Its last signed report: when, and the signed words themselves with their signature. */
static void show_report(struct json_out *j, const struct device_report_row *row)
{
    json_open(j, "report");
    json_time_if(j, "at", row->received_ms);
    json_int(j, "counter", row->counter);
    if (!text_equal(row->attack, "none"))
        json_text(j, "attack", row->attack);
    json_int(j, "image_root", row->image_root);
    json_raw(j, "signed_report", span_of(row->report));
    json_close(j);
}

void show_quarantine(struct json_out *j, const struct device_quarantine *quarantine)
{
    if (!quarantine)
        return;
    json_open(j, "quarantine");
    json_time_if(j, "at", quarantine->at_ms);
    json_text(j, "why", quarantine->why);
    json_close(j);
}

void show_drift(struct json_out *j, const struct drift *drift)
{
    if (!drift)
        return;
    json_open(j, "drift");
    json_text(j, "state", drift->state);
    json_text(j, "text", drift->said);
    json_int(j, "action", drift->action_id);
    json_int(j, "before", drift->before_id);
    json_int(j, "after", drift->after_id);
    if (drift->restore_id)
        json_int(j, "restore", drift->restore_id);
    json_close(j);
}

void show_device(struct json_out *j, const char *name, const struct device_view *v, const char *token)
{
    const struct device *d = &v->row.device;

    json_open(j, name);
    json_text(j, "id", d->controller_id);
    json_text(j, "state", device_state_name[d->state]);
    json_text(j, "status", device_status_name[v->row.status]);
    json_text(j, "family", d->family);
    json_text(j, "model", d->model);
    json_text(j, "serial", d->serial);
    json_text(j, "customer", d->customer);
    json_text(j, "site", d->site);
    json_text(j, "zone", v->zone);
    json_text(j, "quirk", device_quirk_name[d->quirk]);
    show_parts(j, v);
    json_time_if(j, "last_seen", v->row.last_seen_ms);
    json_text_if(j, "address", v->row.address);
    json_time_if(j, "created", d->created_ms);
    json_time_if(j, "enrolled", d->enrolled_ms);
    json_text_if(j, "recipient", d->recipient);
    if (!text_blank(d->recipient))
        show_backups(j, d);
    if (v->action)
        show_action(j, "action", v->action, false);
    show_line(j, v);
    if (v->report)
        show_report(j, v->report);
    show_quarantine(j, v->quarantine);
    show_drift(j, v->drift);
    json_text_if(j, "token", token);
    json_close(j);
}
