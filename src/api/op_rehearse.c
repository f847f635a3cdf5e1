#include "api/handlers.h"

#include "api/show_rehearsal.h"
#include "base/text.h"

static bool read_ask(struct call *call, struct rehearsal_ask *out, struct err *err)
{
    int64_t seed = 1, bad_percent = -1;
    const char *from = NULL;
    const struct json *body;
    const struct json_field fields[] = {
        JSON_OPT_INT("nights", out->nights, 1, REHEARSAL_NIGHTS_MAX),
        JSON_OPT_INT("seed", seed, 0, INT64_MAX),
        JSON_OPT_INT("bad_percent", bad_percent, 1, 100),
        JSON_OPT_TEXT("from", from, 1, 40),
    };

    *out = (struct rehearsal_ask){.nights = 30};
    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err))
        return false;
    out->seed = (uint64_t)seed;
    out->bad_share = (double)bad_percent / 100;
    return !from || (text_time_parse(from, &out->from_ms) && out->from_ms > 0) ||
           FAIL(err, ERR_INVALID, "from is a time such as 2026-09-21T18:00:00Z, not %s", from);
}

/* POST /api/v1/rollouts/{rollout}/rehearse */
bool op_rollout_rehearse(struct call *call, struct err *err)
{
    struct rehearsal_view *view = ARENA_NEW(call->arena, struct rehearsal_view);
    struct json_out j = api_answer(call);
    struct rehearsal_ask ask;
    int64_t id;

    if (!text_int(call->arg[0], "rollout id", 1, INT64_MAX, &id, err) || !read_ask(call, &ask, err) ||
        !rollout_rehearse(call->app->world, call->arena, call->who.tenant_id, id, &ask, call->now_ms, view,
                          err))
        return false;
    show_rehearsal(&j, NULL, view);
    api_done(call, &j, 200);
    return true;
}
