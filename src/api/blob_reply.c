#include "api/blob_reply.h"

#include "base/text.h"

/* attachment; the plain form where the name allows it, quoted otherwise. */
static const char *disposition(struct arena *arena, const char *filename)
{
    struct buf b = {.arena = arena};

    if (!*filename || strpbrk(filename, " \t\"\\()<>@,;:/[]?={}")) {
        buf_text(&b, "attachment;filename=\"");
        for (const char *c = filename; *c; c++) {
            if (*c == '"' || *c == '\\')
                buf_char(&b, '\\');
            if ((uint8_t)*c >= ' ')
                buf_char(&b, *c);
        }
        buf_char(&b, '"');
        return buf_cstr(&b);
    }
    return arena_printf(arena, "attachment;filename=%s", filename);
}

bool blob_reply_headed(struct call *call, struct span head, const char *payload, const char *sha256,
                       const char *filename, struct err *err)
{
    struct reply *reply = call->reply;
    const struct blob_map *map;

    if (!blob_map(call->app->world->blobs, payload, &map, err))
        return err->code == ERR_NOT_FOUND ? FAIL(err, ERR_GONE, "the bytes of %s are gone", filename) : false;
    reply->head = head;
    reply->source = (struct http_source){.at = map->at,
                                         .size = map->size,
                                         .release = blob_unmap,
                                         .owner = (void *)(uintptr_t)map,
                                         .fd = map->fd};
    reply->content_type = "application/octet-stream";
    reply->etag = arena_printf(call->arena, "\"%s\"", sha256);
    reply->modified_ms = map->modified_ms;
    reply->has_ranges = true;
    reply_header(reply, "Content-Disposition", disposition(call->arena, filename));
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    return true;
}

bool blob_reply(struct call *call, const char *sha256, const char *filename, struct err *err)
{
    return blob_reply_headed(call, span_make(NULL, 0), sha256, sha256, filename, err);
}
