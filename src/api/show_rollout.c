#include "api/show.h"

#include "base/text.h"
#include "domain/rollback.h"
#include "domain/window_json.h"

static void show_selection(struct json_out *j, const char *text)
{
    json_raw(j, "selection", span_of(text_blank(text) ? "{}" : text));
}

static void show_thresholds(struct json_out *j, const struct rollout *r)
{
    json_open(j, "thresholds");
    json_int(j, "fail_percent", r->fail_percent);
    json_int(j, "healthy_percent", r->healthy_percent);
    json_int(j, "min_failures", r->min_failures);
    json_int(j, "deadline_h", r->deadline_h);
    json_int(j, "soak_min", r->soak_min);
    json_int(j, "error_percent", r->error_percent);
    json_int(j, "max_tries", r->max_tries);
    json_close(j);
}

static void show_stage(struct json_out *j, const struct rollout_stage *s, const struct rollout_tally *tally)
{
    json_open(j, NULL);
    json_int(j, "no", s->no);
    json_text(j, "kind", stage_kind_name[s->kind]);
    if (s->kind == STAGE_COUNT || s->kind == STAGE_PERCENT || s->value > 0)
        json_int(j, "value", s->value);
    json_text_if(j, "tag", s->tag);
    json_int(j, "planned", s->planned);
    json_text(j, "state", s->closed_ms ? "done" : s->opened_ms ? "open" : "waiting");
    json_time_if(j, "opened", s->opened_ms);
    json_time_if(j, "closed", s->closed_ms);
    json_open(j, "tally");
    for (int i = 0; i < ACTION_STATE__MAX; i++)
        if (tally->devices[i] > 0)
            json_int(j, action_state_name[i], tally->devices[i]);
    json_close(j);
    json_close(j);
}

static void show_back(struct json_out *j, int64_t id, const struct rollback *b)
{
    json_open(j, "back");
    json_text(j, "text", rollback_text(j->buf->arena, id, b));
    if (b->open_id)
        json_int(j, "rollout", b->open_id);
    else if (b->refused)
        json_text(j, "refused", b->refused);
    else
        json_text(j, "command", rollback_command(j->buf->arena, id));
    json_int(j, "devices", b->devices);
    json_open_list(j, "releases");
    for (size_t i = 0; i < b->count; i++) {
        json_open(j, NULL);
        json_int(j, "id", b->ways[i].release.id);
        json_text(j, "version", b->ways[i].release.version);
        json_int(j, "devices", b->ways[i].devices);
        json_close(j);
    }
    json_close(j);
    json_close(j);
}

void show_rollout(struct json_out *j, const char *name, const struct rollout_view *v)
{
    const struct rollout *r = &v->rollout;

    json_open(j, name);
    json_int(j, "id", r->id);
    json_text(j, "name", r->name);
    json_open(j, "release");
    json_int(j, "id", r->release_id);
    json_text(j, "family", v->family);
    json_text(j, "version", v->version);
    json_close(j);
    json_text(j, "state", rollout_state_name[r->state]);
    json_text(j, "kind", action_kind_name[r->kind]);
    json_int(j, "weight", r->weight);
    show_selection(j, r->selection);
    window_write(j, "window", &r->window);
    json_bool(j, "urgent", r->is_urgent);
    show_thresholds(j, r);
    json_raw(j, "terms", span_of(text_blank(r->terms) ? "{}" : r->terms));
    json_int(j, "stage", r->stage);
    json_open_list(j, "stages");
    for (size_t i = 0; i < v->stage_count; i++)
        show_stage(j, &v->stages[i], &v->tally[i]);
    json_close(j);
    json_text_if(j, "reason", r->reason);
    if (!text_blank(r->cluster))
        json_raw(j, "cluster", span_of(r->cluster));
    json_time_if(j, "created", r->created_ms);
    json_text(j, "created_by", r->created_by);
    json_time_if(j, "started", r->started_ms);
    json_time_if(j, "ended", r->ended_ms);
    if (v->back)
        show_back(j, r->id, v->back);
    json_close(j);
}
