#include "tools/agent/wire.h"

static bool wire_ask(void *ctx, struct arena *arena, const char *method, const char *where,
                     const char *const *headers, struct span body, struct answer *out, struct err *err)
{
    return client_ask(ctx, arena, method, where, headers, body, out, err);
}

static bool wire_download(void *ctx, const char *where, struct download *download,
                          struct download_result *out, struct err *err)
{
    return client_download(ctx, where, NULL, download, out, err);
}

static bool wire_upload(void *ctx, struct arena *arena, const char *where, const struct upload_part *part,
                        struct answer *out, struct err *err)
{
    return client_upload(ctx, arena, where, NULL, part, out, err);
}

static void wire_authorize(void *ctx, const char *authorization)
{
    client_authorize(ctx, authorization);
}

static void wire_reconnect(void *ctx)
{
    client_reconnect(ctx);
}

struct agent_wire wire_of(struct client *client)
{
    return (struct agent_wire){.ctx = client,
                               .ask = wire_ask,
                               .download = wire_download,
                               .upload = wire_upload,
                               .authorize = wire_authorize,
                               .reconnect = wire_reconnect};
}
