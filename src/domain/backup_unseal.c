#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "domain/backup_parts.h"
#include "signing/age_stream.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/tenants.h"

/* ---- plaintext ------------------------------------------------------------------------ */

bool plain_begin(struct plain *out, struct err *err)
{
    int fd = memfd_create("settings", MFD_CLOEXEC);

    if (fd < 0)
        return FAIL_ERRNO(err, "memory for an opened backup");
    *out = (struct plain){.fd = fd};
    return true;
}

/* Pages of a closed memfd are given back as they are: they are overwritten first. */
void plain_endp(struct plain *plain)
{
    static const char nothing[4096];
    struct err err;

    for (int64_t at = 0; plain->fd > 0 && at < plain->size; at += (int64_t)sizeof(nothing))
        if (!file_pwrite_all(plain->fd, span_make(nothing, sizeof(nothing)), at, &err))
            break;
    if (plain->fd > 0)
        close(plain->fd);
    *plain = (struct plain){0};
}

static bool plain_write(void *to, struct span bytes, struct err *err)
{
    struct plain *plain = to;

    if ((int64_t)bytes.size > SNAPSHOT_BYTES_MAX - plain->size)
        return FAIL(err, ERR_TOO_LARGE, "opened, a backup has at most %d bytes", SNAPSHOT_BYTES_MAX);
    if (!file_pwrite_all(plain->fd, bytes, plain->size, err))
        return false;
    plain->size += (int64_t)bytes.size;
    return true;
}

struct age_sink plain_sink(struct plain *plain)
{
    return (struct age_sink){plain_write, plain};
}

/* ---- a backup at rest -------------------------------------------------------------------- */

static bool open_into(struct world *world, const struct backup *backup, struct span header,
                      const struct age_by *by, const struct age_sink *sink, struct err *err)
{
    AUTO(age_open_freep) struct age_open *opening = NULL;
    const struct blob_map *map;
    bool is_ok;

    if (!blob_map(world->blobs, backup->payload, &map, err))
        return err_within(err, "the payload of backup %" PRId64, backup->id);
    age_open_begin(by, sink, &opening);
    is_ok = age_open_push(opening, header, err) &&
            age_open_push(opening, span_make(map->at, map->size), err) && age_open_end(opening, err);
    blob_unmap((void *)(uintptr_t)map);
    return is_ok;
}

static bool into_nothing(void *to, struct span bytes, struct err *err)
{
    (void)to, (void)bytes, (void)err;
    return true;
}

bool backup_opens(struct world *world, const struct backup *backup, struct span header,
                  const struct age_by *by, struct err *err)
{
    const struct age_sink sink = {into_nothing, NULL};

    return open_into(world, backup, header, by, &sink, err) ||
           FAIL(err, ERR_INVALID, "this header does not open the backup's payload");
}

/* ---- unsealing ------------------------------------------------------------------------------- */

static bool header_get(struct world *world, struct arena *arena, const struct backup *backup,
                       struct span *out, struct err *err)
{
    if (!backup->gone_ms && !store_backup_header(world->store, arena, backup->id, out, err))
        return false;
    return (!backup->gone_ms && out->size > 0) ||
           FAIL(err, ERR_GONE, "backup %" PRId64 " was dropped; its key is destroyed", backup->id);
}

/* Whatever is wrong with what rests here is our own trouble, not that of who asks. */
static bool corrupt(struct err *err, const struct backup *backup)
{
    if (err->code == ERR_INVALID || err->code == ERR_FORBIDDEN || err->code == ERR_TOO_LARGE)
        err->code = ERR_CORRUPT;
    return err_within(err, "backup %" PRId64, backup->id);
}

bool backup_unseal(struct world *world, struct arena *secret, const struct backup *backup,
                   struct snapshot *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(plain_endp) struct plain plain = {0};
    struct age_sink sink;
    struct tenant tenant;
    struct span header;
    struct age_by by;

    if (!store_tenant_get(world->store, arena, backup->tenant_id, &tenant, err) ||
        !backup_custody_identities(world, arena, &tenant, &by, err) ||
        !header_get(world, arena, backup, &header, err) || !plain_begin(&plain, err))
        return false;
    sink = plain_sink(&plain);
    return (open_into(world, backup, header, &by, &sink, err) &&
            snapshot_read_apart(world->parser, secret, plain.fd, out, err)) ||
           corrupt(err, backup);
}
