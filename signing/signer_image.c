#include "signing/signer_image.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/tuf_client.h"

#define SEARCHES_MAX 20000 /* then its memory ends and it begins anew: each leaves some behind */

struct signer_image {
    char *dir, *anchor;
    struct arena *arena; /* of the client; NULL: it is stale */
    struct tuf_client *client;
    const struct signer_source *source; /* during a search */
    int64_t searches;
};

void signer_image_open(struct signer_image **out, const char *dir, const char *anchor)
{
    struct signer_image *image = calloc(1, sizeof(*image));

    if (!image || !(image->dir = strdup(dir)) || !(image->anchor = strdup(anchor)))
        abort();
    *out = image;
}

void signer_image_stale(struct signer_image *image)
{
    if (image->arena)
        arena_freep(&image->arena);
    image->client = NULL;
}

void signer_image_closep(struct signer_image **image)
{
    if (!*image)
        return;
    signer_image_stale(*image);
    free((*image)->dir);
    free((*image)->anchor);
    free(*image);
    *image = NULL;
}

/* ---- the client's files ----------------------------------------------------------------- */

static bool fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                  struct err *err)
{
    const struct signer_image *image = ctx;

    return image->source->fetch(image->source->ctx, arena, name, max, out, err);
}

static bool load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    const struct signer_image *image = ctx;
    const char *path = arena_printf(arena, "%s/%s", image->dir, name);

    if (text_equal(name, "root.json") && !file_exists(path))
        path = image->anchor;
    if (!file_exists(path))
        return FAIL(err, ERR_NOT_FOUND, "%s is not kept yet", name);
    return file_read(arena, path, SIGNER_BYTES_MAX, out, err);
}

static bool keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const struct signer_image *image = ctx;

    return file_make_dirs(image->dir, 0700, err) &&
           file_write_whole(arena_printf(arena, "%s/%s", image->dir, name), bytes, 0600, err);
}

static bool look(struct signer_image *image, struct err *err)
{
    const struct tuf_client_io io = {.ctx = image, .fetch = fetch, .load = load, .keep = keep};

    signer_image_stale(image);
    image->arena = arena_new();
    image->searches = 0;
    if (tuf_client_open(image->arena, &io, 0, &image->client, err) && tuf_client_refresh(image->client, err))
        return true;
    signer_image_stale(image);
    return err_within(err, "the image repository");
}

static bool search(struct signer_image *image, const char *path, struct tuf_target *out, bool *is_there,
                   struct err *err)
{
    image->searches++;
    *is_there = tuf_client_target(image->client, path, out, err);
    return *is_there || err->code == ERR_NOT_FOUND;
}

/* What is not there may have come since: another service of the same database has published it. */
bool signer_image_find(struct signer_image *image, const struct signer_source *source, const char *path,
                       struct tuf_target *out, bool *is_there, struct err *err)
{
    bool was_fresh = image->client && image->searches < SEARCHES_MAX;

    if (!source)
        return FAIL(err, ERR_INVALID, "nobody shows the signer the image repository");
    image->source = source;
    if (!was_fresh && !look(image, err))
        return false;
    if (!search(image, path, out, is_there, err)) {
        signer_image_stale(image);
        return false;
    }
    return *is_there || !was_fresh || (look(image, err) && search(image, path, out, is_there, err));
}
