#include "api/handlers.h"

#include "api/show.h"
#include "base/text.h"
#include "domain/retry.h"
#include "domain/rollback.h"
#include "domain/selection.h"
#include "domain/terms.h"
#include "domain/window_json.h"

static bool rollout_id(struct call *call, int64_t *id, struct err *err)
{
    return text_int(call->arg[0], "rollout id", 1, INT64_MAX, id, err);
}

static bool answer(struct call *call, const struct rollout_view *view, int status)
{
    struct json_out j = api_answer(call);

    show_rollout(&j, NULL, view);
    api_done(call, &j, status);
    return true;
}

static bool read_stage(const struct json *value, struct rollout_stage *out, struct err *err)
{
    const char *kind;
    struct rollout_stage s = {.tag = ""};
    const struct json_field fields[] = {
        JSON_TEXT("kind", kind, 1, 16),
        JSON_OPT_INT("value", s.value, 1, 10000000),
        JSON_OPT_TEXT("tag", s.tag, 1, 64),
    };

    if (!json_read(value, fields, COUNT(fields), err))
        return err_within(err, "stages");
    if (!stage_kind_parse(kind, &s.kind))
        return FAIL(err, ERR_INVALID, "stages: a kind is count, percent, group, canary or rest, not %s",
                    kind);
    *out = s;
    return true;
}

static bool read_stages(const struct json *list, struct rollout_stage *out, size_t *count, struct err *err)
{
    *count = list ? json_count(list) : 0;
    for (size_t i = 0; i < *count; i++)
        if (!read_stage(json_item(list, i), &out[i], err))
            return false;
    return true;
}

static bool read_thresholds(const struct json *object, struct rollout *r, struct err *err)
{
    const struct json_field fields[] = {
        JSON_OPT_INT("fail_percent", r->fail_percent, 0, 100),
        JSON_OPT_INT("healthy_percent", r->healthy_percent, 1, 100),
        JSON_OPT_INT("min_failures", r->min_failures, 1, 1000000),
        JSON_OPT_INT("deadline_h", r->deadline_h, 1, 8760),
        JSON_OPT_INT("soak_min", r->soak_min, 0, 100000),
        JSON_OPT_INT("error_percent", r->error_percent, 0, 50),
        JSON_OPT_INT("max_tries", r->max_tries, 1, 10),
    };

    return !object || json_read(object, fields, COUNT(fields), err) || err_within(err, "thresholds");
}

/* What nobody said. */
static const struct rollout usual = {
    .kind = ACTION_FORCED,
    .weight = 500,
    .selection = "{}",
    .terms = "{}",
    .fail_percent = 5,
    .healthy_percent = 90,
    .min_failures = 1,
    .deadline_h = 72,
    .error_percent = 5,
    .max_tries = 3,
};

/* As it will rest. */
static const char *text_of(struct arena *arena, const struct json *object)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_copy(&j, NULL, object);
    return buf_cstr(&b);
}

static bool read_draft(struct call *call, struct rollout *r, struct rollout_stage *stages, size_t *count,
                       struct err *err)
{
    const struct json *body, *selection = NULL, *list = NULL, *window = NULL, *thresholds = NULL,
                             *terms = NULL;
    const char *kind = "forced";
    struct rollout_terms agreed;
    struct selection checked;
    const struct json_field fields[] = {
        JSON_TEXT("name", r->name, 1, 64),
        JSON_INT("release", r->release_id, 1, INT64_MAX),
        JSON_OPT_OBJECT_OF("selection", selection),
        JSON_OPT_LIST_OF("stages", list, STAGES_MAX),
        JSON_OPT_ANY("window", window),
        JSON_OPT_BOOL("urgent", r->is_urgent),
        JSON_OPT_OBJECT_OF("thresholds", thresholds),
        JSON_OPT_OBJECT_OF("terms", terms),
        JSON_OPT_TEXT("kind", kind, 1, 16),
        JSON_OPT_INT("weight", r->weight, 0, 1000),
    };

    *r = usual;
    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !read_stages(list, stages, count, err) || !window_read(call->arena, window, &r->window, err) ||
        !read_thresholds(thresholds, r, err))
        return false;
    if (!action_kind_parse(kind, &r->kind))
        return FAIL(err, ERR_INVALID, "a kind is forced, soft, timeforced or downloadonly, not %s", kind);
    if (selection)
        r->selection = text_of(call->arena, selection);
    if (terms)
        r->terms = text_of(call->arena, terms);
    return (!selection || selection_read(call->arena, selection, &checked, err)) &&
           (!terms || terms_read(call->arena, terms, &agreed, err));
}

/* POST /api/v1/rollouts */
bool op_rollout_make(struct call *call, struct err *err)
{
    struct rollout_stage stages[STAGES_MAX];
    struct rollout_view view;
    struct rollout draft;
    size_t count;

    return read_draft(call, &draft, stages, &count, err) &&
           rollout_make(call->app->world, call->arena, &call->who, &draft, stages, count, call->now_ms, &view,
                        err) &&
           answer(call, &view, 201);
}

/* GET /api/v1/rollouts/{rollout} */
bool op_rollout_get(struct call *call, struct err *err)
{
    struct rollout_view view;
    int64_t id;

    return rollout_id(call, &id, err) &&
           rollout_view(call->app->world, call->arena, call->who.tenant_id, id, &view, err) &&
           answer(call, &view, 200);
}

/* GET /api/v1/rollouts */
bool op_rollout_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct rollout_view *views;
    int64_t before, limit;
    size_t count;

    if (!api_page(call, &before, &limit, err) ||
        !rollout_list(call->app->world, call->arena, call->who.tenant_id, before, limit, &views, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_rollout(&j, NULL, &views[i]);
    json_close(&j);
    api_next(&j, call, count, limit, count ? views[count - 1].rollout.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* A body that says why, "" where it need not and does not. */
static bool rollout_with_reason(struct call *call, bool is_needed, int64_t *id, const char **out,
                                struct err *err)
{
    const char *reason = "";
    const struct json *body;
    const struct json_field needed[] = {JSON_TEXT("reason", reason, 1, 400)};
    const struct json_field welcome[] = {JSON_OPT_TEXT("reason", reason, 0, 400)};

    if (!rollout_id(call, id, err) || !api_body(call, &body, err) ||
        !json_read(body, is_needed ? needed : welcome, 1, err))
        return false;
    *out = reason;
    return true;
}

static bool apply(struct call *call, enum rollout_event event, struct err *err)
{
    struct rollout_view view;
    const char *reason;
    int64_t id;

    return rollout_with_reason(call, false, &id, &reason, err) &&
           rollout_apply(call->app->world, call->arena, &call->who, id, event, reason, call->now_ms, &view,
                         err) &&
           answer(call, &view, 200);
}

bool op_rollout_start(struct call *call, struct err *err)
{
    return apply(call, ROLLOUT_DO_START, err);
}

bool op_rollout_pause(struct call *call, struct err *err)
{
    return apply(call, ROLLOUT_DO_PAUSE, err);
}

bool op_rollout_resume(struct call *call, struct err *err)
{
    return apply(call, ROLLOUT_DO_RESUME, err);
}

bool op_rollout_abort(struct call *call, struct err *err)
{
    return apply(call, ROLLOUT_DO_ABORT, err);
}

/* POST /api/v1/rollouts/{rollout}/back */
bool op_rollout_back(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct rollback_wish wish = {.urgent_reason = ""};
    struct rollout_view *views;
    const struct json *body;
    bool is_started = true;
    size_t count;
    int64_t id;
    const struct json_field fields[] = {JSON_OPT_TEXT("urgent_reason", wish.urgent_reason, 1, 400),
                                        JSON_OPT_INT("first", wish.first, 1, 10000000),
                                        JSON_OPT_BOOL("start", is_started)};

    if (!rollout_id(call, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err))
        return false;
    wish.is_draft = !is_started;
    if (!rollout_back(call->app->world, call->arena, &call->who, id, &wish, call->now_ms, &views, &count,
                      err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_rollout(&j, NULL, &views[i]);
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 201);
    return true;
}

/* POST /api/v1/rollouts/{rollout}/urgent */
bool op_rollout_hurry(struct call *call, struct err *err)
{
    struct rollout_view view;
    const char *reason;
    int64_t id;

    return rollout_with_reason(call, true, &id, &reason, err) &&
           rollout_hurry(call->app->world, call->arena, &call->who, id, reason, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/rollouts/{rollout}/advance */
bool op_rollout_advance(struct call *call, struct err *err)
{
    struct rollout_view view;
    const char *reason;
    int64_t id;

    return rollout_with_reason(call, false, &id, &reason, err) &&
           rollout_advance(call->app->world, call->arena, &call->who, id, reason, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/rollouts/{rollout}/retry */
bool op_rollout_retry(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct retry_wish wish = {0};
    struct retry_count count;
    const struct json *body;
    int64_t id;
    const struct json_field fields[] = {JSON_OPT_TEXT("error", wish.error, 0, 200),
                                        JSON_OPT_TEXT("class", wish.classes, 0, 16),
                                        JSON_OPT_BOOL("resume", wish.resumes)};

    if (!rollout_id(call, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err) ||
        !rollout_retry(call->app->world, call->arena, &call->who, id, &wish, call->now_ms, &count, err))
        return false;
    json_open(&j, NULL);
    json_int(&j, "retried", count.retried);
    json_int(&j, "spent", count.spent);
    json_bool(&j, "more", count.is_more);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
