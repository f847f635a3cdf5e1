#include "api/handlers.h"

#include "api/tus.h"

/* Packages of operators: what becomes of them is asked for at another door. */

static const char *location(struct call *call)
{
    return arena_printf(call->arena, "%s/api/v1/uploads", api_base_url(call));
}

static int64_t max_bytes(struct call *call)
{
    return call->app->world->settings->upload_max_bytes;
}

static const struct tus_face face = {.location = location, .max_bytes = max_bytes, .upload_arg = 0};

bool op_upload_options(struct call *call, struct err *err)
{
    (void)err;
    return tus_options(call, &face);
}

bool op_upload_make_sink(struct call *call, struct sink **out, struct err *err)
{
    return tus_make_sink(call, &face, out, err);
}

/* POST /api/v1/uploads */
bool op_upload_make(struct call *call, struct err *err)
{
    return tus_make(call, &face, err);
}

bool op_upload_head(struct call *call, struct err *err)
{
    return tus_head(call, &face, err);
}

bool op_upload_patch_sink(struct call *call, struct sink **out, struct err *err)
{
    return tus_patch_sink(call, &face, out, err);
}

bool op_upload_patch(struct call *call, struct err *err)
{
    return tus_patch(call, &face, err);
}

bool op_upload_drop(struct call *call, struct err *err)
{
    return tus_drop(call, &face, err);
}
