#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/drift.h"
#include "domain/audit.h"
#include "domain/backup.h"
#include "domain/backup_parts.h"
#include "domain/upload.h"
#include "domain/upload_parts.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"
#include "store/actions.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/restores.h"
#include "store/uploads.h"

#define DAY_MS (24 * 3600 * 1000LL)

struct accept {
    struct world *world;
    const struct who *who;
    struct arena *arena;
    int64_t now_ms;
    struct upload upload;
    int fd;
    struct backup_said said;
    struct backup_terms terms;
    struct span header;
    struct backup backup;
};

/* ---- before a byte has come --------------------------------------------------------- */

static bool may_bring(const struct who *who, struct err *err)
{
    if (!who->device)
        return FAIL(err, ERR_NOT_FOUND, "%s is not known", who->name);
    if (who->device->state != DEVICE_ACTIVE)
        return FAIL(err, ERR_FORBIDDEN, "%s is %s; backups are taken of active devices", who->name,
                    device_state_name[who->device->state]);
    return !text_blank(who->device->recipient) ||
           FAIL(err, ERR_CONFLICT, "%s has not told its own recipient yet", who->name);
}

/* What it was made for is this device's own. */
static bool refers_well(struct world *world, struct arena *arena, const struct who *who,
                        const struct backup_said *said, struct err *err)
{
    struct restore restore = {.device_id = who->device->id};
    struct action action = {.device_id = who->device->id};
    bool is_found = (!said->action_id ||
                     store_action_get(world->store, arena, who->tenant_id, said->action_id, &action, err)) &&
                    (!said->restore_id ||
                     store_restore_get(world->store, arena, who->tenant_id, said->restore_id, &restore, err));

    if (!is_found && err->code != ERR_NOT_FOUND)
        return false;
    return (is_found && action.device_id == who->device->id && restore.device_id == who->device->id) ||
           FAIL(err, ERR_INVALID, "Upload-Metadata: the action or restore is none of this device");
}

bool backup_upload_check(struct world *world, struct arena *arena, const struct who *who, int64_t length,
                         const char *metadata, struct err *err)
{
    struct backup_terms terms;
    struct backup_said said;
    const char *text;

    if (length < 0)
        return FAIL(err, ERR_INVALID, "a backup's size is known: say Upload-Length");
    if (length > world->settings->backup_max_bytes)
        return FAIL(err, ERR_TOO_LARGE, "a backup has at most %" PRId64 " bytes",
                    world->settings->backup_max_bytes);
    return may_bring(who, err) && backup_terms_get(world, arena, who->device, &terms, err) &&
           backup_said_read(arena, metadata, &said, err) && refers_well(world, arena, who, &said, err) &&
           backup_terms_fit(arena, &terms, who->device, &said.recipients, &text, err) &&
           backup_quota_fits(world, &terms.rule, who->tenant_id, who->device->customer, length, err);
}

/* ---- reading what came ----------------------------------------------------------------- */

static bool each_piece(struct accept *in, upload_taker *take, void *to, struct err *err)
{
    return upload_pieces(in->arena, in->fd, in->upload.received, take, to, err);
}

static bool header_read(struct accept *in, struct err *err)
{
    char *start = arena_take(in->arena, AGE_HEADER_MAX);
    ssize_t got = pread(in->fd, start, AGE_HEADER_MAX, 0);
    size_t size = 0;

    if (got < 0)
        return FAIL_ERRNO(err, "reading the upload");
    switch (age_header_size(span_make(start, (size_t)got), &size, err)) {
    case AGE_FOUND:
        in->header = span_make(start, size);
        return true;
    case AGE_CUT:
        return got < AGE_HEADER_MAX
                   ? FAIL(err, ERR_INVALID, "the sealed file ends within its header")
                   : FAIL(err, ERR_TOO_LARGE, "an age header has at most %d bytes", AGE_HEADER_MAX);
    case AGE_REFUSED:
        break;
    }
    return err_within(err, "this is no sealed backup");
}

/* ---- in service custody it is looked at, once ------------------------------------------------ */

static bool open_piece(void *to, struct span bytes, struct err *err)
{
    return age_open_push(to, bytes, err);
}

static bool open_all(struct accept *in, const struct age_by *by, struct plain *plain, struct err *err)
{
    AUTO(age_open_freep) struct age_open *opening = NULL;
    struct age_sink sink = plain_sink(plain);

    age_open_begin(by, &sink, &opening);
    return each_piece(in, open_piece, opening, err) && age_open_end(opening, err);
}

static bool judge(struct accept *in, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = arena_new_secret();
    AUTO(plain_endp) struct plain plain = {0};
    struct snapshot snapshot;
    struct age_by by;

    if (!backup_identities(in->world, secret, in->who->tenant, &in->terms.key, &by, err) ||
        !plain_begin(&plain, err))
        return false;
    if (!age_header_opens(in->header, &by, err))
        return FAIL(err, ERR_INVALID, "the backup is not sealed to this tenant's recipient");
    if (!open_all(in, &by, &plain, err) ||
        !snapshot_read_apart(in->world->parser, secret, plain.fd, &snapshot, err)) {
        err->code = err->code == ERR_CORRUPT ? ERR_INVALID : err->code;
        return err_within(err, "the sealed backup");
    }
    return backup_said_fits(&in->said, &snapshot, err);
}

/* ---- what must hold ----------------------------------------------------------------------------- */

static bool check(struct accept *in, struct err *err)
{
    return may_bring(in->who, err) &&
           backup_terms_get(in->world, in->arena, in->who->device, &in->terms, err) &&
           backup_said_read(in->arena, in->upload.metadata, &in->said, err) &&
           refers_well(in->world, in->arena, in->who, &in->said, err) && header_read(in, err) &&
           recipients_fit_header(in->header, in->said.recipients.count, err) &&
           backup_terms_fit(in->arena, &in->terms, in->who->device, &in->said.recipients,
                            &in->backup.recipients, err) &&
           (in->terms.key.custody != BACKUP_CUSTODY_SERVICE || judge(in, err));
}

/* ---- keeping it ----------------------------------------------------------------------------------- */

struct copy {
    struct blob_writer *writer;
    struct hash *whole;
    size_t skip; /* bytes of the header still to come */
};

static bool copy_piece(void *to, struct span bytes, struct err *err)
{
    struct copy *copy = to;
    size_t skip = copy->skip < bytes.size ? copy->skip : bytes.size;

    hash_add(copy->whole, bytes);
    copy->skip -= skip;
    return blob_add(copy->writer, span_make(bytes.at + skip, bytes.size - skip), err);
}

/* The payload becomes a blob: durable before any row names it, and nobody's business if none ever does. */
static bool payload_keep(struct accept *in, struct err *err)
{
    AUTO(hash_freep) struct hash *whole = hash_new(HASH_SHA256);
    struct copy copy = {.whole = whole, .skip = in->header.size};
    struct blob_hashes hashes;
    char sha256[HASH_HEX_MAX];
    bool is_ok;

    is_ok = upload_has_room(in->world, in->upload.received, err) &&
            blob_begin(in->world->blobs, &copy.writer, err) && each_piece(in, copy_piece, &copy, err) &&
            blob_finish(&copy.writer, &hashes, err);
    blob_dropp(&copy.writer);
    if (!is_ok)
        return false;
    hash_hex(whole, sha256);
    in->backup.sha256 = arena_dup(in->arena, sha256);
    in->backup.payload = arena_dup(in->arena, hashes.sha256);
    in->backup.payload_size = hashes.size;
    return true;
}

static void fill(struct accept *in)
{
    struct backup *b = &in->backup;
    int64_t lock_ms = in->terms.rule.lock_days * DAY_MS;

    b->tenant_id = in->who->tenant_id;
    b->device_id = in->who->device->id;
    b->customer = in->who->device->customer;
    b->upload = in->upload.id;
    b->trigger = in->said.trigger;
    b->model = in->said.model;
    b->serial = in->said.serial;
    b->firmware = in->said.firmware;
    b->categories = in->said.categories;
    b->action_id = in->said.action_id;
    b->restore_id = in->said.restore_id;
    b->size = in->upload.received;
    b->wrapped_to = in->terms.key.recipient;
    b->taken_ms = in->said.taken_ms;
    b->received_ms = in->now_ms;
    b->locked_ms = lock_ms ? in->now_ms + lock_ms : 0;
}

/* In the tx: the terms may have changed since they were looked at, by the end of a move. */
static bool terms_hold(struct accept *in, struct err *err)
{
    struct backup_key key;

    if (!store_backup_key_get(in->world->store, in->arena, in->who->tenant_id, &key, err))
        return false;
    return (text_equal(key.recipient, in->terms.key.recipient) && key.custody == in->terms.key.custody) ||
           FAIL(err, ERR_CONFLICT, "the tenant's recipient has just changed; seal it anew");
}

static bool put(struct accept *in, struct err *err)
{
    struct backup same;
    bool is_known;

    if (!store_backup_find_same(in->world->store, in->arena, in->backup.device_id, in->backup.sha256, &same,
                                &is_known, err))
        return false;
    if (is_known && same.gone_ms)
        return FAIL(err, ERR_GONE, "this is backup %" PRId64 ", which was dropped", same.id);
    if (is_known) {
        in->backup.id = same.id;
        return true;
    }
    return backup_quota_fits(in->world, &in->terms.rule, in->backup.tenant_id, in->backup.customer,
                             in->backup.size, err) &&
           store_backup_put(in->world->store, &in->backup, in->header, &in->backup.id, err);
}

static bool keep(struct accept *in, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct store *store = in->world->store;

    return tx_begin(&tx, store, err) && terms_hold(in, err) && put(in, err) &&
           drift_note(in->world, in->arena, &in->backup, err) &&
           store_device_backup_came(store, in->backup.device_id, in->now_ms, err) &&
           store_upload_drop(store, in->upload.id, err) &&
           audit_note(in->world, in->who, "backup.accept", arena_printf(in->arena, "%" PRId64, in->backup.id),
                      in->backup.sha256, in->now_ms, err) &&
           tx_commit(&tx, err);
}

/* ---- the verb ---------------------------------------------------------------------------------------- */

/* Worth trying again with the bytes that are here already. */
static bool is_passing(const struct err *err)
{
    return err->code == ERR_BUSY || err->code == ERR_IO || err->code == ERR_NO_SPACE ||
           err->code == ERR_LOCKED || err->code == ERR_CORRUPT;
}

static void refuse(struct accept *in)
{
    struct err err;

    fd_closep(&in->fd);
    backup_count(in->world, BACKUPS_REFUSED, 1);
    if (!upload_drop(in->world, in->who, in->arena, in->upload.id, in->now_ms, &err))
        return; /* it runs out by itself */
}

bool backup_of_upload(struct world *world, struct arena *arena, const struct who *who, const char *upload,
                      struct backup *out, bool *found, struct err *err)
{
    struct backup backup;

    if (!store_backup_find_upload(world->store, arena, upload, &backup, found, err))
        return false;
    *found = *found && who->device && backup.device_id == who->device->id;
    if (*found)
        *out = backup;
    return true;
}

static bool accept(struct accept *in, struct err *err)
{
    if (!check(in, err) || !payload_keep(in, err))
        return false;
    fill(in);
    if (!keep(in, err))
        return false;
    upload_unlink(in->world, in->arena, in->upload.id);
    backup_count(in->world, BACKUPS_ACCEPTED, 1);
    return true;
}

bool backup_accept(struct world *world, struct arena *arena, const struct who *who, const char *upload,
                   int64_t now_ms, int64_t *id, struct err *err)
{
    struct accept in = {.world = world, .who = who, .arena = arena, .now_ms = now_ms, .fd = -1};
    bool is_known, is_ok;

    if (!backup_of_upload(world, arena, who, upload, &in.backup, &is_known, err))
        return false;
    if (!is_known) {
        if (!upload_open(world, who, arena, upload, now_ms, &in.upload, &in.fd, err))
            return false;
        is_ok = accept(&in, err);
        if (!is_ok && !is_passing(err))
            refuse(&in);
        fd_closep(&in.fd);
        if (!is_ok)
            return false;
    }
    *id = in.backup.id;
    return true;
}
