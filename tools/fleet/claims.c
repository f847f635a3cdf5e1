#include <stdlib.h>

#include "base/text.h"
#include "tools/fleet/fleet.h"

#define CLAIMS_AT_ONCE 1000

static bool codes_take(struct fleet *fleet, const struct json *answer, size_t first, size_t count,
                       struct err *err)
{
    const struct json *claims = json_member(answer, "claims");

    if (json_count(claims) != count)
        return FAIL(err, ERR_INVALID, "%zu claims were asked for, %zu came", count, json_count(claims));
    for (size_t i = 0; i < count; i++) {
        const char *code = json_string(json_member(json_item(claims, i), "code"));

        if (!code)
            return FAIL(err, ERR_INVALID, "a claim has no code");
        fleet->machines[first + i].claim = arena_dup(fleet->arena, code);
    }
    return true;
}

static bool batch_get(struct fleet *fleet, struct client *client, size_t first, size_t count, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *body = arena_printf(arena, "{\"count\":%zu}", count);
    const struct json *object;
    struct answer answer;

    if (!client_ask(client, arena, "POST", "/api/v1/claims", NULL, span_of(body), &answer, err))
        return false;
    if (answer.status != 201)
        return FAIL(err, ERR_FORBIDDEN, "the service says %d: %.200s", answer.status, answer.body.at);
    return json_parse(arena, answer.body, &object, err) && codes_take(fleet, object, first, count, err);
}

bool fleet_claims(struct fleet *fleet, struct err *err)
{
    size_t all = fleet->options->devices;
    AUTO(client_closep) struct client *client = NULL;

    if (!fleet_client(fleet, 0, &client, err))
        return false;
    client_authorize(client, arena_printf(fleet->arena, "Bearer %s", fleet->options->admin_token));
    for (size_t first = 0; first < all; first += CLAIMS_AT_ONCE) {
        size_t count = all - first < CLAIMS_AT_ONCE ? all - first : CLAIMS_AT_ONCE;

        if (!batch_get(fleet, client, first, count, err))
            return err_within(err, "making claims");
    }
    return true;
}
