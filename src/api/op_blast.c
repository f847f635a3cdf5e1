#include "api/handlers.h"

#include "base/text.h"
#include "domain/blast.h"

static bool answer(struct call *call, const struct blast *b)
{
    struct json_out j = api_answer(call);

    json_open(&j, NULL);
    json_text(&j, "text", b->text);
    json_int(&j, "rollouts", b->rollouts);
    json_int(&j, "holding", b->holding);
    json_int(&j, "installed", b->installed);
    json_bool(&j, "must_sign_again", b->must_sign_again);
    json_open_list(&j, "releases");
    for (size_t i = 0; i < b->release_count; i++) {
        json_open(&j, NULL);
        json_int(&j, "id", b->releases[i].id);
        json_text(&j, "version", b->releases[i].version);
        json_text(&j, "state", release_state_name[b->releases[i].state]);
        json_int(&j, "signatures", b->releases[i].signatures);
        json_close(&j);
    }
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/families/{family}/keys/{keyid}/blast */
bool op_blast_key(struct call *call, struct err *err)
{
    struct blast b;

    return blast_of_key(call->app->world, call->arena, call->who.tenant_id, call->arg[0], call->arg[1], &b,
                        err) &&
           answer(call, &b);
}

/* GET /api/v1/releases/{release}/blast */
bool op_blast_release(struct call *call, struct err *err)
{
    struct blast b;
    int64_t id;

    if (!text_int(call->arg[0], "release", 1, INT64_MAX, &id, err))
        return FAIL(err, ERR_NOT_FOUND, "no release %s", call->arg[0]);
    return blast_of_release(call->app->world, call->arena, call->who.tenant_id, id, &b, err) &&
           answer(call, &b);
}

/* GET /api/v1/devices/{device}/blast */
bool op_blast_device(struct call *call, struct err *err)
{
    struct blast b;

    return blast_of_device(call->app->world, call->arena, call->who.tenant_id, call->arg[0], &b, err) &&
           answer(call, &b);
}

/* GET /api/v1/operators/{name}/blast */
bool op_blast_operator(struct call *call, struct err *err)
{
    struct blast b;

    return blast_of_operator(call->app->world, call->arena, call->who.tenant_id, call->arg[0], &b, err) &&
           answer(call, &b);
}
