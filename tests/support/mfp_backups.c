#include "support/mfp_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "support/age.h"

#define BASE "https://service/T/controller/v1/mfp-1"
#define RESTORE_ID 5

static bool has(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

static bool answered(struct mfp *mfp, struct answer *out, int status, const char *header, const char *body)
{
    const char **headers = ARENA_MANY(mfp->arena, const char *, 3);

    headers[0] = header;
    *out = (struct answer){.status = status, .headers = headers, .body = span_of(body)};
    return true;
}

/* ---- uploads ------------------------------------------------------------------------ */

static const char *header_of(struct mfp *mfp, const char *const *headers, const char *name)
{
    for (; headers && *headers; headers++)
        if (text_starts(*headers, name))
            return arena_dup(mfp->arena, *headers + strlen(name));
    return NULL;
}

static bool terms(struct mfp *mfp, struct answer *out)
{
    char recipient[AGE_RECIPIENT_CHARS + 1];

    if (!mfp->takes_backups)
        return answered(mfp, out, 404, NULL, "");
    age_recipient_text(age_identity_recipient(mfp->tenant_key), recipient);
    return answered(mfp, out, 200, NULL,
                    arena_printf(mfp->arena,
                                 "{\"custody\":\"service\",\"recipients\":[\"%s\"],\"max_bytes\":1000000,"
                                 "\"wanted\":%s%s%s}",
                                 recipient, mfp->wanted ? "\"" : "", mfp->wanted ? mfp->wanted : "null",
                                 mfp->wanted ? "\"" : ""));
}

static bool create(struct mfp *mfp, const char *const *headers, struct answer *out)
{
    struct mfp_upload *upload = &mfp->uploads[mfp->upload_count];
    const char *size = header_of(mfp, headers, "Upload-Length: ");

    if (mfp->refuses_upload || !size || mfp->upload_count == MFP_BACKUPS_MAX)
        return answered(mfp, out, mfp->refuses_upload ? mfp->refuses_upload : 400, NULL, "");
    *upload = (struct mfp_upload){.about = header_of(mfp, headers, "Upload-Metadata: "),
                                  .size = strtoll(size, NULL, 10),
                                  .bytes = {.arena = mfp->arena}};
    return answered(mfp, out, 201,
                    arena_printf(mfp->arena, "Location: " BASE "/backups/u%d", mfp->upload_count++), "");
}

static struct mfp_upload *upload_of(struct mfp *mfp, const char *where)
{
    const char *at = strstr(where, "/backups/u");
    int number = at ? atoi(at + strlen("/backups/u")) : -1;

    return number >= 0 && number < mfp->upload_count && !mfp->uploads[number].is_gone ? &mfp->uploads[number]
                                                                                      : NULL;
}

static bool how_far(struct mfp *mfp, const struct mfp_upload *upload, int status, struct answer *out)
{
    if (!upload)
        return answered(mfp, out, 404, NULL, "");
    answered(mfp, out, status, arena_printf(mfp->arena, "Upload-Offset: %zu", upload->bytes.size), "");
    if (upload->backup)
        ((const char **)(uintptr_t)out->headers)[1] =
            arena_printf(mfp->arena, "Nightshift-Backup: %d", upload->backup);
    return true;
}

/* What is whole becomes a backup, unless the service is cut off right before. */
static void accept(struct mfp *mfp, struct mfp_upload *upload)
{
    if ((int64_t)upload->bytes.size < upload->size || upload->backup)
        return;
    if (mfp->is_cut_before_backup) {
        mfp->is_cut_before_backup = false;
        return;
    }
    upload->backup = ++mfp->backups;
    mfp->wanted = NULL;
}

bool mfp_upload(void *ctx, struct arena *arena, const char *where, const struct upload_part *part,
                struct answer *out, struct err *err)
{
    struct mfp *mfp = ctx;
    struct mfp_upload *upload = upload_of(mfp, where);
    int64_t length = part->length;
    char *bytes = arena_take(arena, (size_t)length + 1);

    if (!mfp_tick(mfp, err))
        return false;
    buf_printf(&mfp->log, "PATCH %s from %lld\n", where, (long long)part->offset);
    if (!mfp_has_line(mfp))
        return FAIL(err, ERR_IO, "no network");
    if (mfp->forgets_upload && upload)
        upload->is_gone = true;
    mfp->forgets_upload = false;
    if (mfp->status || !upload || upload->is_gone)
        return answered(mfp, out, mfp->status ? mfp->status : 404, NULL, "");
    if (part->offset != (int64_t)upload->bytes.size) {
        mfp->wrong_offsets++;
        return answered(mfp, out, 409, NULL, "");
    }
    if (mfp->cuts_upload)
        length /= 2;
    if (pread(part->fd, bytes, (size_t)length, part->offset) != length)
        abort();
    buf_add(&upload->bytes, span_make(bytes, (size_t)length));
    if (mfp->cuts_upload) {
        mfp->cuts_upload = false;
        return FAIL(err, ERR_IO, "cut");
    }
    accept(mfp, upload);
    return how_far(mfp, upload, 204, out) && mfp_tick(mfp, err);
}

static void digest_of(struct span sealed, char out[HASH_HEX_MAX])
{
    AUTO(fd_closep) int fd = memfd_create("sealed", MFD_CLOEXEC);
    struct err err;

    if (!file_write_all(fd, sealed, &err) || !age_file_digest(fd, out, &err))
        abort();
}

/* ---- restores ----------------------------------------------------------------------------- */

static bool redeem(struct mfp *mfp, const char *body, struct answer *out)
{
    struct span signed_bytes, envelope;
    struct err err;

    if (mfp->nonce && !text_equal(mfp->nonce, body))
        return answered(mfp, out, 409, NULL, "");
    mfp->nonce = arena_dup(mfp->arena, body);
    if (!ticket_write(mfp->arena, &mfp->ticket, &signed_bytes, &err))
        abort();
    envelope = repo_sign(mfp->repo, signed_bytes, WHO(mfp->ticket_key));
    return answered(mfp, out, 200, NULL,
                    arena_printf(mfp->arena,
                                 "{\"restore\":%d,\"ticket\":%.*s,\"href\":\"" BASE
                                 "/restores/5/settings.age?nonce=x\",\"size\":%lld,\"digest\":\"%s\"}",
                                 RESTORE_ID, (int)envelope.size, envelope.at, (long long)mfp->ticket.length,
                                 mfp->ticket.digest));
}

void mfp_write_settings(struct buf *out, const struct mfp *mfp)
{
    char digest[HASH_HEX_MAX];

    digest_of(mfp->package, digest);
    buf_printf(
        out,
        "{\"part\":\"settings\",\"name\":\"restore\",\"version\":\"%d\",\"metadata\":["
        "{\"key\":\"nightshift.restore\",\"value\":\"%d\"},{\"key\":\"nightshift.minutes\",\"value\":\"5\"}"
        "],\"artifacts\":[{\"filename\":\"settings.age\",\"size\":%zu,\"hashes\":{\"sha256\":\"%s\"},"
        "\"_links\":{\"download\":{\"href\":\"" BASE "/restores/%d/settings.age\"}}}]}",
        RESTORE_ID, RESTORE_ID, mfp->package.size, digest, RESTORE_ID);
}

bool mfp_backups(struct mfp *mfp, const char *method, const char *where, const char *const *headers,
                 const char *body, struct answer *out)
{
    if (has(where, "/mfp-1/recipient")) {
        mfp->recipient = arena_printf(mfp->arena, "%.62s", strstr(body, "age1"));
        return answered(mfp, out, 204, NULL, "");
    }
    if (has(where, "/redeem"))
        return redeem(mfp, body, out);
    if (has(where, "/result")) {
        mfp->result = arena_dup(mfp->arena, body);
        return answered(mfp, out, 204, NULL, "");
    }
    if (text_ends(where, "/mfp-1/backups"))
        return text_equal(method, "GET") ? terms(mfp, out) : create(mfp, headers, out);
    return text_equal(method, "HEAD") && how_far(mfp, upload_of(mfp, where), 200, out);
}

/* ---- for tests ------------------------------------------------------------------------------------ */

static void identity_end(void *what)
{
    struct age_identity *identity = what;

    age_identity_freep(&identity);
}

void mfp_takes_part(struct mfp *mfp)
{
    mfp->has_settings = mfp->takes_backups = mfp->has_no_line_with_bad = true;
    mfp->settings[mfp_kind("addressbook")] = "old people";
    mfp->settings[mfp_kind("network")] = "old network";
    mfp->ticket_key = 3;
    age_identity_make(&mfp->tenant_key);
    arena_defer(mfp->arena, identity_end, mfp->tenant_key);
    mfp_restart(mfp);
}

struct mfp *mfp_with_settings(struct arena *arena)
{
    struct mfp *mfp = mfp_new(arena);

    mfp->offer = MFP_NOTHING;
    mfp_takes_part(mfp);
    mfp_trusts(mfp, repo_new(arena));
    mfp_run(mfp, 20);
    return mfp;
}

struct span mfp_seal(struct mfp *mfp, struct span plain)
{
    struct buf out = {.arena = mfp->arena};
    struct age_recipient recipient;
    struct age_to to = {.recipients = &recipient, .count = 1};
    struct err err;

    if (!age_recipient_parse(span_of(mfp->recipient), &recipient, &err) ||
        !age_test_seal(&to, plain, 1000, &out, &err))
        abort();
    return buf_span(&out);
}

void mfp_offers_sealed(struct mfp *mfp, struct span sealed, const char *categories)
{
    char digest[HASH_HEX_MAX];

    mfp->package = sealed;
    digest_of(mfp->package, digest);
    mfp->ticket = (struct restore_ticket){.tenant = "T",
                                          .device = "mfp-1",
                                          .categories = categories,
                                          .digest = arena_dup(mfp->arena, digest),
                                          .length = (int64_t)mfp->package.size,
                                          .restore = RESTORE_ID,
                                          .backup = 1,
                                          .counter = mfp->ticket.counter + 1,
                                          .expires_ms = mfp->now_ms + 24 * 3600 * 1000LL};
    mfp->nonce = mfp->result = NULL;
    mfp->offer = MFP_RESTORE;
}

void mfp_offers(struct mfp *mfp, const struct snapshot *snapshot, const char *categories)
{
    AUTO(fd_closep) int fd = memfd_create("snapshot", MFD_CLOEXEC);
    struct snapshot written;
    struct err err;
    char *bytes;
    off_t size;

    if (!snapshot_write(mfp->arena, snapshot, fd, &written, &err))
        abort();
    size = lseek(fd, 0, SEEK_END);
    bytes = arena_take(mfp->arena, (size_t)size + 1);
    if (pread(fd, bytes, (size_t)size, 0) != size)
        abort();
    mfp_offers_sealed(mfp, mfp_seal(mfp, span_make(bytes, (size_t)size)), categories);
}

struct snapshot mfp_backup(struct mfp *mfp, int number)
{
    AUTO(fd_closep) int fd = memfd_create("backup", MFD_CLOEXEC);
    struct snapshot snapshot = {0};
    struct buf plain = {.arena = mfp->arena};
    struct err err;

    for (int i = 0; i < mfp->upload_count; i++)
        if (mfp->uploads[i].backup == number &&
            (!age_test_open(mfp->tenant_key, buf_span(&mfp->uploads[i].bytes), 777, &plain, &err) ||
             !file_write_all(fd, buf_span(&plain), &err) || !snapshot_read(mfp->arena, fd, &snapshot, &err)))
            abort();
    return snapshot;
}

const char *mfp_about(struct mfp *mfp, int number, const char *name)
{
    struct span rest = {NULL, 0}, pair = {NULL, 0}, word = {NULL, 0}, value;
    struct err err;

    for (int i = 0; i < mfp->upload_count; i++)
        if (mfp->uploads[i].backup == number)
            rest = span_of(mfp->uploads[i].about);
    while (text_split(&rest, ',', &pair))
        if (text_split(&pair, ' ', &word) && text_equal(arena_text(mfp->arena, word), name))
            return text_unbase64(mfp->arena, pair, &value, &err) ? arena_text(mfp->arena, value) : NULL;
    return NULL;
}
