#include "api/show_rehearsal.h"

#include "base/text.h"
#include "domain/recurrence.h"

#define DAY_MS 86400000LL

static void show_head(struct json_out *j, const struct rehearsal_view *v)
{
    const struct rehearsal *r = &v->result;

    json_open(j, "rollout");
    json_int(j, "id", v->rollout.id);
    json_text(j, "name", v->rollout.name);
    json_text(j, "state", rollout_state_name[v->rollout.state]);
    json_close(j);
    json_open(j, "release");
    json_int(j, "id", v->rollout.release_id);
    json_text(j, "family", v->family);
    json_text(j, "version", v->version);
    json_close(j);
    json_int(j, "seed", (int64_t)v->asked.seed);
    json_int(j, "nights", v->asked.nights);
    json_time_if(j, "from", v->asked.from_ms);
    json_time_if(j, "until", r->until_ms);
    json_time_if(j, "finish", r->finish_ms);
    json_time_if(j, "halt", r->halt_ms);
    json_text_if(j, "reason", r->reason);
    json_open(j, "devices");
    json_int(j, "planned", r->planned);
    json_int(j, "offered", r->offered);
    json_int(j, "installed", r->installed);
    json_int(j, "failed", r->failed);
    json_int(j, "overran", r->overran);
    json_close(j);
}

/* What nobody measured is said to be assumed. */
static void show_measured(struct json_out *j, const struct rehearsal_view *v)
{
    json_open(j, "install");
    json_int(j, "measured", v->took_measured);
    json_number(j, "minutes", (double)v->took_ms / 60000);
    json_number(j, "need_minutes", (double)v->need_ms / 60000);
    json_close(j);
    json_open(j, "failures");
    json_int(j, "measured", v->fails_measured);
    json_number(j, "percent", v->fail_share * 100);
    json_close(j);
}

static void show_stages(struct json_out *j, const struct rehearsal_view *v)
{
    json_open_list(j, "stages");
    for (size_t i = 0; i < v->stage_count; i++) {
        const struct rehearsal_stage *s = &v->result.stages[i];

        json_open(j, NULL);
        json_int(j, "no", (int64_t)i);
        json_int(j, "planned", s->planned);
        json_time_if(j, "opened", s->opened_ms);
        json_time_if(j, "closed", s->closed_ms);
        json_int(j, "begun", s->begun);
        json_int(j, "installed", s->installed);
        json_int(j, "failed", s->failed);
        json_close(j);
    }
    json_close(j);
}

static void show_nights(struct json_out *j, const struct rehearsal *r)
{
    json_open_list(j, "by_night");
    for (size_t i = 0; i < r->night_count; i++) {
        const struct rehearsal_night *n = &r->nights[i];

        json_open(j, NULL);
        json_text(j, "night", date_text(j->buf->arena, n->from_ms / DAY_MS));
        json_int(j, "offered", n->offered);
        json_int(j, "begun", n->begun);
        json_int(j, "installed", n->installed);
        json_int(j, "failed", n->failed);
        json_int(j, "bytes", n->bytes);
        json_time_if(j, "busiest", n->busiest_ms);
        json_int(j, "busiest_bytes", n->busiest_bytes);
        json_close(j);
    }
    json_close(j);
}

static void show_left(struct json_out *j, const struct rehearsal_view *v)
{
    json_open_list(j, "left");
    for (size_t i = 0; i < v->reason_count; i++) {
        const struct rehearsal_reason *r = &v->reasons[i];

        json_open(j, NULL);
        json_text(j, "code", rehearsal_why_name(r->why));
        json_text(j, "text", rehearsal_why_text(r->why));
        json_int(j, "devices", r->devices);
        json_open_list(j, "some");
        for (size_t k = 0; k < r->some_count; k++)
            json_text(j, NULL, r->some[k]);
        json_close(j);
        json_close(j);
    }
    json_close(j);
    json_open_list(j, "never");
    for (size_t i = 0; i < v->result.never_count; i++) {
        json_open(j, NULL);
        json_text(j, "device", v->never[i].device);
        json_text(j, "code", rehearsal_why_name(v->never[i].why));
        json_close(j);
    }
    json_close(j);
}

/* ---- a bad release --------------------------------------------------------------------------- */

static double percent(int64_t part, int64_t whole)
{
    return whole ? (double)part * 100 / (double)whole : 0;
}

static int64_t quantile(const int64_t *sorted, int64_t count, int64_t per_cent)
{
    return count ? sorted[(count - 1) * per_cent / 100] : 0;
}

static void show_before(struct json_out *j, const struct rehearsal_bad *b)
{
    static const int64_t most[] = {10, 100, 1000, 10000, 100000};
    int64_t below = 0;

    json_open_list(j, "halted_before");
    for (size_t i = 0; i < COUNT(most); i++) {
        while (below < b->halted && b->bricked_halted[below] < most[i])
            below++;
        json_open(j, NULL);
        json_int(j, "devices", most[i]);
        json_number(j, "percent", percent(below, b->trials));
        json_close(j);
    }
    json_close(j);
}

static void show_bad(struct json_out *j, const struct rehearsal_view *v)
{
    const struct rehearsal_bad *b = &v->result.bad;

    json_open(j, "bad_release");
    json_number(j, "percent", b->share * 100);
    json_int(j, "trials", b->trials);
    json_number(j, "halted_percent", percent(b->halted, b->trials));
    json_number(j, "stuck_percent", percent(b->stuck, b->trials));
    json_open_list(j, "halted_in");
    for (size_t i = 0; i < v->stage_count; i++) {
        json_open(j, NULL);
        json_int(j, "stage", (int64_t)i);
        json_number(j, "percent", percent(b->halted_at[i], b->trials));
        json_close(j);
    }
    json_close(j);
    show_before(j, b);
    json_open(j, "bricked");
    json_int(j, "half", quantile(b->bricked, b->trials, 50));
    json_int(j, "nineteen_of_twenty", quantile(b->bricked, b->trials, 95));
    json_int(j, "most", quantile(b->bricked, b->trials, 100));
    json_close(j);
    json_close(j);
}

void show_rehearsal(struct json_out *j, const char *name, const struct rehearsal_view *v)
{
    json_open(j, name);
    show_head(j, v);
    show_measured(j, v);
    show_stages(j, v);
    show_nights(j, &v->result);
    show_left(j, v);
    show_bad(j, v);
    json_open_list(j, "left_out");
    for (size_t i = 0; i < v->left_out_count; i++)
        json_text(j, NULL, v->left_out[i]);
    json_close(j);
    json_close(j);
}
