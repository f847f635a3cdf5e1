#include "support/backup.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "support/age.h"
#include "support/must.h"

#define RECIPIENTS 16

/* ---- the device -------------------------------------------------------------------- */

const char *backer_headers(struct backer *b, const char *more)
{
    return arena_printf(b->s->arena, "Authorization: TargetToken token-%s\n%s", b->id, more);
}

struct answer backer_ask(struct backer *b, const char *method, const char *rest, const char *more,
                         const char *body)
{
    return support_ask(b->s, method, arena_printf(b->s->arena, "/DEFAULT/controller/v1/%s%s", b->id, rest),
                       backer_headers(b, more), body);
}

struct backer *backer_make(struct support *s, const char *controller_id)
{
    struct backer *b = ARENA_NEW(s->arena, struct backer);
    struct answer answer;

    *b = (struct backer){.s = s, .id = controller_id, .model = "MFP 3110", .serial = "SN-1"};
    support_device(s, controller_id, QUIRK_NONE);
    b->identity = age_test_identity(s->arena);
    age_recipient_text(age_identity_recipient(b->identity), b->recipient);
    answer = backer_ask(b, "PUT", "/recipient", "",
                        arena_printf(s->arena, "{\"recipient\":\"%s\"}", b->recipient));
    if (answer.status != 204)
        fail_msg("recipient: %d %s", answer.status, answer.text);
    return b;
}

const char *backer_recipients(struct backer *b)
{
    struct answer offer = backer_ask(b, "GET", "/backups", "", NULL);
    const struct json *list = support_at(&offer, "recipients");
    struct buf text = {.arena = b->s->arena};

    if (offer.status != 200)
        fail_msg("backups: %d %s", offer.status, offer.text);
    for (size_t i = 0; i < json_count(list); i++)
        buf_printf(&text, "%s%s%s%s", i ? " " : "", json_string(json_item(list, i)), i ? "" : " ",
                   i ? "" : b->recipient);
    return buf_cstr(&text);
}

/* ---- settings -------------------------------------------------------------------------- */

struct snapshot backer_snapshot(struct backer *b)
{
    struct arena *arena = b->s->arena;
    static const struct snapshot_component firmware[] = {{"system", "4.2.0"}};
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, 2);
    struct snapshot_item *items = ARENA_MANY(arena, struct snapshot_item, 4);
    struct snapshot_field *fields = ARENA_MANY(arena, struct snapshot_field, 5);

    for (int i = 0; i < 3; i++) {
        fields[i] = (struct snapshot_field){"name", arena_printf(arena, "canary-%d-%d", b->round, i)};
        items[i] = (struct snapshot_item){arena_printf(arena, "%d", i + 1), &fields[i], 1};
    }
    fields[3] = (struct snapshot_field){"hostname", b->id};
    fields[4] = (struct snapshot_field){"snmp_community", "very-secret"};
    items[3] = (struct snapshot_item){"eth0", &fields[3], 2};
    all[0] = (struct snapshot_category){
        .kind = snapshot_kind_find("addressbook"), .items = items, .item_count = 3};
    all[1] = (struct snapshot_category){
        .kind = snapshot_kind_find("network"), .items = items + 3, .item_count = 1};
    return (struct snapshot){.model = b->model,
                             .family = "c450",
                             .serial = b->serial,
                             .controller_id = b->id,
                             .time_ms = b->s->now_ms / 1000 * 1000,
                             .components = firmware,
                             .component_count = 1,
                             .categories = all,
                             .category_count = 2};
}

static struct span tar_of(struct arena *arena, const struct snapshot *snapshot)
{
    struct snapshot out;
    struct buf bytes = {.arena = arena};
    char piece[4096];
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    ssize_t got;

    MUST_DO(snapshot_write(arena, snapshot, fd, &out, &err));
    for (off_t at = 0; (got = pread(fd, piece, sizeof(piece), at)) > 0; at += got)
        buf_add(&bytes, span_make(piece, (size_t)got));
    close(fd);
    return buf_span(&bytes);
}

struct span backer_seal(struct backer *b, struct span plain, const char *recipients)
{
    struct age_recipient points[RECIPIENTS];
    struct buf file = {.arena = b->s->arena};
    struct span rest = span_of(recipients), piece;
    size_t count = 0;

    while (rest.size > 0 && count < RECIPIENTS && text_split(&rest, ' ', &piece))
        MUST_DO(age_recipient_parse(piece, &points[count++], &err));
    MUST_DO(age_test_seal(&(struct age_to){points, count, NULL}, plain, 4096, &file, &err));
    return buf_span(&file);
}

struct span backer_sealed(struct backer *b, const char *recipients)
{
    struct snapshot snapshot = backer_snapshot(b);

    b->round++;
    return backer_seal(b, tar_of(b->s->arena, &snapshot), recipients);
}

/* ---- tus ------------------------------------------------------------------------------------ */

const char *backer_metadata(struct backer *b, const char *lines)
{
    struct arena *arena = b->s->arena;
    struct span rest = span_of(lines), line, key;
    struct buf out = {.arena = arena};

    while (rest.size > 0 && text_split(&rest, '\n', &line)) {
        text_split(&line, '=', &key);
        buf_printf(&out, "%s%.*s %s", out.size ? "," : "", (int)key.size, key.at, text_base64(arena, line));
    }
    return buf_cstr(&out);
}

const char *backer_said(struct backer *b, const char *recipients)
{
    return backer_metadata(
        b, arena_printf(b->s->arena,
                        "trigger=technician\ntaken=%s\nmodel=%s\nserial=%s\nfirmware=system=4.2.0\n"
                        "categories=addressbook=3,network=1\nrecipients=%s",
                        text_time(b->s->arena, b->s->now_ms), b->model, b->serial, recipients));
}

struct answer backer_send(struct backer *b, struct span file, const char *metadata)
{
    const char *more = arena_printf(b->s->arena,
                                    "Tus-Resumable: 1.0.0\nContent-Type: application/offset+octet-stream\n"
                                    "Upload-Length: %zu\nContent-Length: %zu\nUpload-Metadata: %s",
                                    file.size, file.size, metadata);

    return support_ask_bytes(b->s, "POST",
                             arena_printf(b->s->arena, "/DEFAULT/controller/v1/%s/backups", b->id),
                             backer_headers(b, more), file);
}

int64_t backer_backup(struct backer *b)
{
    const char *recipients = backer_recipients(b);
    struct answer answer = backer_send(b, backer_sealed(b, recipients), backer_said(b, recipients));
    const char *id = support_header(&answer, "Nightshift-Backup");

    if (answer.status != 201 || !id)
        fail_msg("backup: %d %s", answer.status, answer.text);
    return atoll(id);
}

struct span backer_opened(struct support *s, const struct age_identity *by, struct span file)
{
    struct buf plain = {.arena = s->arena};
    struct err err;

    return age_test_open(by, file, 65536, &plain, &err) ? buf_span(&plain) : span_make(NULL, 0);
}
