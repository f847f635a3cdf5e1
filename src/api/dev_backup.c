/* What devices do about backups: their recipient, whom to seal to, and the upload itself. */
#include "api/ddi.h"
#include "api/ddi_show.h"
#include "api/handlers.h"
#include "api/show_backup.h"
#include "api/tus.h"
#include "domain/backup.h"

#define UPLOAD_ARG 2 /* /{tenant}/controller/v1/{id}/backups/{upload} */

/* PUT .../recipient */
bool dev_recipient_put(struct call *call, struct err *err)
{
    const struct device *device;
    const struct json *body;
    const char *recipient;
    const struct json_field fields[] = {JSON_TEXT("recipient", recipient, 1, 100)};

    if (!ddi_device(call, &device, err) || !ddi_body_type(call, err) ||
        !json_parse(call->arena, call->req->body, &body, err) ||
        !json_read(body, fields, COUNT(fields), err) ||
        !backup_recipient_put(call->app->world, &call->who, recipient, call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}

/* GET .../backups */
bool dev_backup_offer(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const struct device *device;
    struct backup_offer offer;

    if (!ddi_device(call, &device, err) || !backup_offer(call->app->world, call->arena, device, &offer, err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "custody", backup_custody_name[offer.custody]);
    show_words(&j, "recipients", offer.recipients);
    json_int(&j, "max_bytes", offer.max_bytes);
    json_text(&j, "wanted", offer.wanted);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* ---- tus --------------------------------------------------------------------------- */

static const char *location(struct call *call)
{
    return arena_printf(call->arena, "%s/backups", ddi_link(call));
}

static int64_t max_bytes(struct call *call)
{
    return call->app->world->settings->backup_max_bytes;
}

static bool check(struct call *call, int64_t length, const char *metadata, struct err *err)
{
    return backup_upload_check(call->app->world, call->arena, &call->who, length, metadata, err);
}

/* Nobody hears of a last byte before the backup is durable. */
static bool whole(struct call *call, const char *upload, int64_t *id, struct err *err)
{
    return backup_accept(call->app->world, call->arena, &call->who, upload, call->now_ms, id, err);
}

static bool became(struct call *call, const char *upload, struct tus_done *out, struct err *err)
{
    struct backup backup = {0};

    if (!backup_of_upload(call->app->world, call->arena, &call->who, upload, &backup, &out->is_done, err))
        return false;
    out->size = backup.size;
    out->id = backup.id;
    return true;
}

static const struct tus_face face = {.location = location,
                                     .max_bytes = max_bytes,
                                     .upload_arg = UPLOAD_ARG,
                                     .check = check,
                                     .whole = whole,
                                     .became = became,
                                     .done_header = "Nightshift-Backup"};

bool dev_backup_options(struct call *call, struct err *err)
{
    (void)err;
    return tus_options(call, &face);
}

bool dev_backup_make_sink(struct call *call, struct sink **out, struct err *err)
{
    return tus_make_sink(call, &face, out, err);
}

bool dev_backup_make(struct call *call, struct err *err)
{
    return tus_make(call, &face, err);
}

bool dev_backup_head(struct call *call, struct err *err)
{
    return tus_head(call, &face, err);
}

bool dev_backup_patch_sink(struct call *call, struct sink **out, struct err *err)
{
    return tus_patch_sink(call, &face, out, err);
}

bool dev_backup_patch(struct call *call, struct err *err)
{
    return tus_patch(call, &face, err);
}

bool dev_backup_forget(struct call *call, struct err *err)
{
    return tus_drop(call, &face, err);
}
