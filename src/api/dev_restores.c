/* A device takes its settings back: redeem, fetch, tell. */
#include "api/handlers.h"

#include "api/blob_reply.h"
#include "api/ddi.h"
#include "api/ddi_show.h"
#include "base/text.h"
#include "domain/restore.h"

static bool nonce_check(const char *nonce, struct err *err)
{
    return text_is_hex(nonce, 32) || FAIL(err, ERR_INVALID, "a nonce is 32 lower-case hex digits");
}

static bool restore_arg(struct call *call, int64_t *id, struct err *err)
{
    const struct device *device;

    return ddi_device(call, &device, err) && text_int(call->arg[2], "restore", 1, INT64_MAX, id, err);
}

static bool answer(struct call *call, const struct restore_redeemed *done, const char *nonce)
{
    struct json_out j = api_answer(call);
    const struct restore *restore = &done->restore;

    json_open(&j, NULL);
    json_int(&j, "restore", restore->id);
    json_raw(&j, "ticket", done->ticket);
    json_text(&j, "href",
              arena_printf(call->arena, "%s/restores/%lld/" RESTORE_FILE "?nonce=%s", ddi_link(call),
                           (long long)restore->id, nonce));
    json_int(&j, "size", restore->size);
    json_text(&j, "digest", restore->sha256);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* POST .../restores/{restore}/redeem */
bool dev_restore_redeem(struct call *call, struct err *err)
{
    struct restore_redeemed done;
    const struct json *body;
    const char *nonce;
    int64_t id;
    const struct json_field fields[] = {JSON_TEXT("nonce", nonce, 32, 32)};

    return restore_arg(call, &id, err) && api_body(call, &body, err) &&
           json_read(body, fields, COUNT(fields), err) && nonce_check(nonce, err) &&
           restore_redeem(call->app->world, call->arena, &call->who, id, nonce, call->now_ms, &done, err) &&
           answer(call, &done, nonce);
}

/* GET .../restores/{restore}/settings.age?nonce= */
bool dev_restore_file(struct call *call, struct err *err)
{
    struct restore restore;
    int64_t id;

    if (!restore_arg(call, &id, err) ||
        !restore_file(call->app->world, call->arena, &call->who, id, http_query(call->req, "nonce"),
                      call->now_ms, &restore, err) ||
        !blob_reply_headed(call, restore.header, restore.payload, restore.sha256, RESTORE_FILE, err))
        return false;
    reply_header(call->reply, "Cache-Control", "no-store");
    return true;
}

static bool read_result(const struct json *item, struct restore_told *out, struct err *err)
{
    const char *result;
    struct restore_told told = {.text = ""};
    const struct json_field fields[] = {
        JSON_TEXT("name", told.name, 1, 64),
        JSON_TEXT("result", result, 1, 16),
        JSON_OPT_INT("items", told.items, 0, RESTORE_ITEMS_MAX),
        JSON_OPT_TEXT("text", told.text, 0, 400),
    };

    if (!json_read(item, fields, COUNT(fields), err))
        return false;
    if (!restore_result_parse(result, &told.result))
        return FAIL(err, ERR_INVALID, "a result is applied, reverted, failed or skipped, not %s", result);
    *out = told;
    return true;
}

/* PUT .../restores/{restore}/result */
bool dev_restore_result(struct call *call, struct err *err)
{
    struct restore_told told[RESTORE_CATEGORIES_MAX];
    const struct json *body, *list;
    int64_t id;
    const struct json_field fields[] = {JSON_LIST_OF("categories", list, RESTORE_CATEGORIES_MAX)};

    if (!restore_arg(call, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err))
        return false;
    for (size_t i = 0; i < json_count(list); i++)
        if (!read_result(json_item(list, i), &told[i], err))
            return err_within(err, "categories.%zu", i);
    if (!restore_tell(call->app->world, call->arena, &call->who, id, told, json_count(list), call->now_ms,
                      err))
        return false;
    call->reply->status = 204;
    return true;
}
