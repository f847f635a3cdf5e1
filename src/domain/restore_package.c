#include "domain/restore_parts.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "domain/backup_parts.h"
#include "domain/upload.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"
#include "store/backups.h"
#include "store/tenants.h"

#define PIECE_BYTES (64 * 1024)
_Static_assert(RESTORE_HEADER_MAX == AGE_HEADER_MAX && RESTORE_CATEGORIES_MAX == SNAPSHOT_KINDS &&
                   RESTORE_ITEMS_MAX == SNAPSHOT_ITEMS_MAX,
               "the doors know the same bounds");
#define PAYLOAD_LEAST (AGE_NONCE_BYTES + AGE_TAG_BYTES)

/* ---- a sealed file, header here and payload there ------------------------------------------------- */

struct splitter {
    struct buf head; /* until the header is whole, then the header */
    struct blob_writer *writer;
    bool is_split;
};

static void splitter_endp(struct splitter *splitter)
{
    blob_dropp(&splitter->writer);
}

static bool split(void *to, struct span bytes, struct err *err)
{
    struct splitter *splitter = to;
    size_t size = 0, had = splitter->head.size;

    if (splitter->is_split)
        return blob_add(splitter->writer, bytes, err);
    buf_add(&splitter->head, bytes);
    switch (age_header_size(buf_span(&splitter->head), &size, err)) {
    case AGE_CUT:
        return true;
    case AGE_REFUSED:
        return false;
    case AGE_FOUND:
        break;
    }
    splitter->is_split = true;
    splitter->head.size = size;
    return size - had == bytes.size ||
           blob_add(splitter->writer, span_make(bytes.at + (size - had), bytes.size - (size - had)), err);
}

static bool split_end(struct arena *arena, struct splitter *splitter, struct restore_package *out,
                      struct err *err)
{
    struct blob_hashes hashes;

    if (!splitter->is_split)
        return FAIL(err, ERR_INVALID, "age header: it has no end");
    if (!blob_finish(&splitter->writer, &hashes, err))
        return false;
    *out = (struct restore_package){.header = buf_span(&splitter->head),
                                    .payload = arena_dup(arena, hashes.sha256),
                                    .payload_size = hashes.size,
                                    .is_own = true};
    return true;
}

/* ---- service custody -------------------------------------------------------------------------------- */

static bool recipient_of(const struct restore_scene *scene, struct age_recipient *out, struct err *err)
{
    return age_recipient_parse(span_of(scene->facts.recipient), out, err) ||
           err_within(err, "the recipient of %s", scene->facts.target_id);
}

/* All of it goes across as it is: one more header, and the payload's bytes stay what they are. */
static bool wrap(struct world *world, struct arena *arena, const struct restore_scene *scene,
                 struct restore_package *out, struct err *err)
{
    struct age_recipient recipient;
    const struct age_to to = {.recipients = &recipient, .count = 1};
    const struct backup *backup = &scene->backup;
    struct tenant tenant;
    struct span header;
    struct age_by by;
    size_t payload_at;

    if (!recipient_of(scene, &recipient, err) ||
        !store_tenant_get(world->store, arena, backup->tenant_id, &tenant, err) ||
        !backup_custody_identities(world, arena, &tenant, &by, err) ||
        !store_backup_header(world->store, arena, backup->id, &header, err) ||
        !age_rewrap(arena, header, &by, &to, &out->header, &payload_at, err))
        return err_within(err, "wrapping backup %lld for %s", (long long)backup->id, scene->facts.target_id);
    out->payload = backup->payload;
    out->payload_size = backup->payload_size;
    return true;
}

static bool seal_all(struct arena *secret, int fd, struct age_seal *seal, int64_t size, struct err *err)
{
    char *piece = arena_take(secret, PIECE_BYTES);

    for (int64_t at = 0; at < size;) {
        ssize_t got = pread(fd, piece, PIECE_BYTES, at);

        if (got <= 0)
            return FAIL_ERRNO(err, "reading settings back");
        if (!age_seal_push(seal, span_make(piece, (size_t)got), err))
            return false;
        at += got;
    }
    return age_seal_end(seal, err);
}

/* Parts of it, or other than they were: a tar of its own, sealed for the device. */
static bool seal(struct world *world, struct arena *arena, struct arena *secret,
                 const struct restore_scene *scene, const struct restore_plan *plan,
                 struct restore_package *out, struct err *err)
{
    AUTO(plain_endp) struct plain plain = {0};
    AUTO(splitter_endp) struct splitter splitter = {.head = {.arena = arena}};
    AUTO(age_seal_freep) struct age_seal *sealing = NULL;
    const struct age_sink sink = {split, &splitter};
    struct age_recipient recipient;
    const struct age_to to = {.recipients = &recipient, .count = 1};
    struct snapshot made, written;
    struct stat st;

    if (!recipient_of(scene, &recipient, err) || !restore_snapshot(secret, plan, &made, err) ||
        !plain_begin(&plain, err) || !snapshot_write(secret, &made, plain.fd, &written, err))
        return false;
    if (fstat(plain.fd, &st) != 0)
        return FAIL_ERRNO(err, "fstat");
    plain.size = st.st_size;
    return blob_begin(world->blobs, &splitter.writer, err) && age_seal_begin(&to, &sink, &sealing, err) &&
           seal_all(secret, plain.fd, sealing, plain.size, err) && split_end(arena, &splitter, out, err);
}

bool restore_package_make(struct world *world, struct arena *arena, const struct restore *restore,
                          const struct restore_scene *scene, struct restore_package *out, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = arena_new_secret();
    struct restore_opened *opened = ARENA_NEW(secret, struct restore_opened);

    if (!restore_open(world, secret, scene, opened, err))
        return false;
    if (!text_equal(opened->plan.digest, restore->digest))
        return FAIL(err, ERR_CONFLICT, "the plan comes out differently now; plan anew");
    *out = (struct restore_package){0};
    return opened->plan.is_whole ? wrap(world, arena, scene, out, err)
                                 : seal(world, arena, secret, scene, &opened->plan, out, err);
}

/* ---- customer custody -----------------------------------------------------------------------------------
 */

static bool for_one(struct span header, struct err *err)
{
    struct age_stanzas stanzas;

    if (!age_header_stanzas(header, &stanzas, err))
        return false;
    return (stanzas.x25519 == 1 && stanzas.scrypt == 0 && stanzas.other == 0) ||
           FAIL(err, ERR_INVALID,
                "age header: a restore is for one X25519 recipient alone, this is for %zu and %zu others",
                stanzas.x25519, stanzas.scrypt + stanzas.other);
}

static bool take_header(struct world *world, const struct restore_scene *scene, struct span header,
                        struct restore_package *out, struct err *err)
{
    size_t size = 0;

    if (header.size > AGE_HEADER_MAX)
        return FAIL(err, ERR_TOO_LARGE, "age header: at most %d bytes", AGE_HEADER_MAX);
    if (age_header_size(header, &size, err) == AGE_REFUSED)
        return false;
    if (size != header.size)
        return FAIL(err, ERR_INVALID, "age header: it has to be one whole header and nothing else");
    if (!for_one(header, err))
        return false;
    if (!blob_exists(world->blobs, scene->backup.payload))
        return FAIL(err, ERR_CORRUPT, "the payload of backup %lld is missing", (long long)scene->backup.id);
    *out = (struct restore_package){
        .header = header, .payload = scene->backup.payload, .payload_size = scene->backup.payload_size};
    return true;
}

static bool pour(int fd, struct splitter *splitter, struct arena *arena, int64_t size, struct err *err)
{
    char *piece = arena_take(arena, PIECE_BYTES);

    for (int64_t at = 0; at < size;) {
        ssize_t got = pread(fd, piece, PIECE_BYTES, at);

        if (got <= 0)
            return FAIL_ERRNO(err, "reading the upload");
        if (!split(splitter, span_make(piece, (size_t)got), err))
            return false;
        at += got;
    }
    return true;
}

static bool take_upload(struct world *world, struct arena *arena, const struct who *who, const char *id,
                        int64_t now_ms, struct restore_package *out, struct err *err)
{
    AUTO(splitter_endp) struct splitter splitter = {.head = {.arena = arena}};
    AUTO(fd_closep) int fd = -1;
    struct upload upload;

    if (!upload_open(world, who, arena, id, now_ms, &upload, &fd, err))
        return false;
    if (!text_equal(upload.owner, who->name))
        return FAIL(err, ERR_NOT_FOUND, "no upload %s of yours", id);
    if (!blob_begin(world->blobs, &splitter.writer, err) || !pour(fd, &splitter, arena, upload.received, err))
        return err_within(err, "upload %s", id);
    if (!splitter.is_split || upload.received - (int64_t)splitter.head.size < PAYLOAD_LEAST)
        return FAIL(err, ERR_INVALID, "upload %s is no whole age file", id);
    if (!for_one(buf_span(&splitter.head), err) || !split_end(arena, &splitter, out, err))
        return err_within(err, "upload %s", id);
    out->upload = id;
    return true;
}

bool restore_package_take(struct world *world, struct arena *arena, const struct who *who,
                          const struct restore *restore, const struct restore_scene *scene,
                          const struct restore_launch *launch, int64_t now_ms, struct restore_package *out,
                          struct err *err)
{
    if (restore->is_whole && launch->header.size == 0)
        return FAIL(err, ERR_INVALID,
                    "the customer has the key: start it with `header`, which the CLI makes");
    if (!restore->is_whole && text_blank(launch->upload))
        return FAIL(err, ERR_INVALID,
                    "the customer has the key: start it with `upload`, which the CLI makes");
    return restore->is_whole ? take_header(world, scene, launch->header, out, err)
                             : take_upload(world, arena, who, launch->upload, now_ms, out, err);
}
