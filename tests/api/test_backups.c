#include "support/unit.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/upload.h"
#include "signing/age_header.h"
#include "store/uploads.h"
#include "support/age.h"
#include "support/backup.h"
#include "support/ops.h"
#include "support/tarball.h"

static const char *path_of(struct ops *ops, int64_t id, const char *rest)
{
    return arena_printf(ops->s.arena, "/api/v1/backups/%lld%s", (long long)id, rest);
}

static struct answer patch(struct backer *b, const char *path, size_t offset, struct span bytes)
{
    return support_ask_bytes(
        b->s, "PATCH", path,
        backer_headers(b, arena_printf(b->s->arena,
                                       "Tus-Resumable: 1.0.0\nUpload-Offset: %zu\nContent-Length: %zu\n"
                                       "Content-Type: application/offset+octet-stream",
                                       offset, bytes.size)),
        bytes);
}

/* The path of a new upload of that length. */
static const char *begun(struct backer *b, size_t size, const char *metadata)
{
    struct answer answer =
        backer_ask(b, "POST", "/backups",
                   arena_printf(b->s->arena, "Tus-Resumable: 1.0.0\nUpload-Length: %zu\nUpload-Metadata: %s",
                                size, metadata),
                   NULL);

    if (answer.status != 201)
        fail_msg("%d %s", answer.status, answer.text);
    return strstr(support_header(&answer, "Location"), "/DEFAULT");
}

static struct answer head(struct backer *b, const char *path)
{
    return support_ask(b->s, "HEAD", path, backer_headers(b, "Tus-Resumable: 1.0.0"), NULL);
}

static int64_t count_of(struct ops *ops)
{
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/backups?limit=500", NULL);

    assert_int_equal(list.status, 200);
    return (int64_t)json_count(support_at(&list, "items"));
}

UNIT(a_backup_is_accepted_and_comes_back_byte_for_byte)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *recipients = backer_recipients(b);
    struct span file = backer_sealed(b, recipients);
    struct answer answer = backer_send(b, file, backer_said(b, recipients));
    char sha256[HASH_HEX_MAX];
    int64_t id;

    assert_int_equal(answer.status, 201);
    id = atoll(support_header(&answer, "Nightshift-Backup"));
    answer = ops_ask(ops, "technician", "GET", path_of(ops, id, "/file"), NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.size, file.size);
    assert_memory_equal(answer.text, file.at, file.size);
    hash_hex_of(HASH_SHA256, file, sha256);
    answer = ops_ask(ops, "viewer", "GET", path_of(ops, id, ""), NULL);
    assert_string_equal(support_text(&answer, "sha256"), sha256);
    assert_string_equal(support_text(&answer, "device"), "mfp-1");
    assert_string_equal(support_text(&answer, "trigger"), "technician");
    assert_string_equal(support_text(&answer, "firmware.system"), "4.2.0");
    assert_int_equal(support_int(&answer, "categories.addressbook"), 3);
    assert_int_equal(json_count(support_at(&answer, "recipients")), 2);
    assert_string_equal(support_text(&answer, "recipients.1"), b->recipient);
    answer = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-1", NULL);
    assert_string_equal(support_text(&answer, "recipient"), b->recipient);
    assert_non_null(support_text(&answer, "backup.last"));
    assert_int_equal(ops_ask(ops, "viewer", "GET", path_of(ops, id, "/file"), NULL).status, 403);
    assert_int_equal(ops_ask(ops, "technician", "GET", path_of(ops, id, "/header"), NULL).status, 403);
}

UNIT(the_last_byte_is_answered_with_the_backup_and_so_is_asking_again)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *recipients = backer_recipients(b);
    struct span file = backer_sealed(b, recipients);
    const char *path = begun(b, file.size, backer_said(b, recipients)), *id;
    size_t half = file.size * 2 / 5;
    struct answer answer = patch(b, path, 0, span_make(file.at, half));

    assert_int_equal(answer.status, 204);
    assert_null(support_header(&answer, "Nightshift-Backup"));
    ops_reopen(ops);
    answer = head(b, path);
    assert_int_equal(atoll(support_header(&answer, "Upload-Offset")), half);
    answer = patch(b, path, half, span_make(file.at + half, file.size - half));
    assert_int_equal(answer.status, 204);
    id = support_header(&answer, "Nightshift-Backup");
    assert_non_null(id);
    ops_reopen(ops);
    answer = head(b, path);
    assert_int_equal(answer.status, 200);
    assert_int_equal(atoll(support_header(&answer, "Upload-Offset")), file.size);
    assert_int_equal(atoll(support_header(&answer, "Upload-Length")), file.size);
    assert_string_equal(support_header(&answer, "Nightshift-Backup"), id);
    answer = patch(b, path, file.size, span_make("", 0));
    assert_int_equal(answer.status, 204);
    assert_string_equal(support_header(&answer, "Nightshift-Backup"), id);
    assert_int_equal(patch(b, path, 3, span_make("", 0)).status, 409);
    answer = support_ask(b->s, "DELETE", path, backer_headers(b, "Tus-Resumable: 1.0.0"), NULL);
    assert_int_equal(answer.status, 409);
    answer = backer_send(b, file, backer_said(b, recipients)); /* the same bytes, another upload */
    assert_string_equal(support_header(&answer, "Nightshift-Backup"), id);
    assert_int_equal(count_of(ops), 1);
}

/* All bytes are on disk, and the service died before it judged them. */
static void left_whole(struct unit *unit, struct backer *b, const char *path, struct span file)
{
    struct device device = support_device_get(b->s, b->id);
    const struct who who = {
        .kind = WHO_IS_DEVICE, .tenant_id = b->s->tenant_id, .tenant = "DEFAULT", .name = b->id, .device = &device};
    const struct upload_chunk chunk = {.id = strrchr(path, '/') + 1, .length = -1};
    struct upload_writer *writer = NULL;
    struct upload upload;

    MUST(upload_begin(&b->s->world, &who, unit->arena, &chunk, b->s->now_ms, &writer, &unit->err));
    MUST(upload_add(writer, file, &unit->err));
    MUST(upload_finish(writer, &who, b->s->now_ms, &upload, &unit->err));
    assert_int_equal(upload.received, upload.length);
}

UNIT(who_asks_how_far_it_is_hears_all_of_it_only_once_it_is_a_backup)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *recipients = backer_recipients(b);
    struct span file = backer_sealed(b, recipients), bad = backer_seal(b, span_of("no tar"), recipients);
    const char *path = begun(b, file.size, backer_said(b, recipients));
    struct answer answer;

    left_whole(unit, b, path, file);
    assert_int_equal(count_of(ops), 0);
    answer = head(b, path);
    assert_int_equal(answer.status, 200);
    assert_int_equal(atoll(support_header(&answer, "Upload-Offset")), file.size);
    assert_non_null(support_header(&answer, "Nightshift-Backup"));
    assert_int_equal(count_of(ops), 1);
    path = begun(b, bad.size, backer_said(b, recipients));
    left_whole(unit, b, path, bad);
    answer = head(b, path);
    assert_int_equal(answer.status, 400);
    assert_null(support_header(&answer, "Upload-Offset"));
    assert_int_equal(head(b, path).status, 404);
}

UNIT(another_devices_upload_and_an_operators_are_none_of_a_device)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *a = backer_make(&ops->s, "mfp-1"), *b = backer_make(&ops->s, "mfp-2");
    const char *recipients = backer_recipients(a);
    struct span file = backer_sealed(a, recipients);
    const char *mine = begun(a, file.size, backer_said(a, recipients));
    const char *id = strrchr(mine, '/') + 1, *theirs;
    struct answer answer;

    theirs = arena_printf(unit->arena, "/DEFAULT/controller/v1/mfp-2/backups/%s", id);
    assert_int_equal(head(b, theirs).status, 404);
    assert_int_equal(patch(b, theirs, 0, file).status, 404);
    answer = support_ask(b->s, "DELETE", theirs, backer_headers(b, "Tus-Resumable: 1.0.0"), NULL);
    assert_int_equal(answer.status, 404);
    answer = support_ask(&ops->s, "HEAD", arena_printf(unit->arena, "/api/v1/uploads/%s", id),
                         "Authorization: Bearer token-engineer\nTus-Resumable: 1.0.0", NULL);
    assert_int_equal(answer.status, 404);
    assert_int_equal(patch(a, mine, 0, file).status, 204);
    assert_int_equal(head(b, theirs).status, 404);
    id = ops_upload(ops, span_of("an operator's"));
    assert_int_equal(head(a, arena_printf(unit->arena, "/DEFAULT/controller/v1/mfp-1/backups/%s", id)).status,
                     404);
}

UNIT(metadata_is_refused_by_name_before_a_byte_has_come)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *recipients = backer_recipients(b);
    const char *tenant = arena_text(unit->arena, span_make(recipients, AGE_RECIPIENT_CHARS));
    const struct {
        const char *change; /* a line in the place of the one with its key, or one more */
        int status;
        const char *says;
    } rows[] = {
        {"trigger=curiosity", 400, "curiosity"},
        {"taken=yesterday", 400, "taken"},
        {"model=", 400, "model"},
        {"serial=a\tb", 400, "serial"},
        {"firmware=system", 400, "firmware"},
        {"firmware=system=1,system=2", 400, "twice"},
        {"categories=", 400, "categories"},
        {"categories=addressbook=3,addressbook=3", 400, "twice"},
        {"categories=addressbook=-1", 400, "addressbook"},
        {"categories=addressbook=20001", 400, "addressbook"},
        {"categories=addressbook=3,secrets=1", 400, "secrets"},
        {"categories=addressbook=3,box-contents=1", 403, "no document data"},
        {"categories=job-names=1", 403, "no document data"},
        {"categories=fax-memory=1", 403, "no document data"},
        {"recipients=age1qqqq", 400, "recipients"},
        {arena_printf(unit->arena, "recipients=%s", tenant), 409, "exactly"},
        {arena_printf(unit->arena, "recipients=%s", b->recipient), 409, "exactly"},
        {arena_printf(unit->arena, "recipients=%s %s", recipients, recipients), 400, "twice"},
        {"action=7", 400, "none of this device"},
        {"restore=7", 400, "none of this device"},
        {"filename=secret-contract.pdf", 400, "filename"},
        {"job=secret-contract", 400, "job"},
    };
    const char *usual =
        arena_printf(unit->arena,
                     "trigger=panel\ntaken=2026-09-02T10:15:00Z\nmodel=MFP 3110\nserial=SN-1\n"
                     "firmware=system=4.2.0\ncategories=addressbook=3\nrecipients=%s",
                     recipients);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf lines = {.arena = unit->arena};
        struct span rest = span_of(usual), line, key = {0}, change = span_of(rows[i].change);
        struct answer answer;

        text_split(&change, '=', &key);
        buf_text(&lines, rows[i].change);
        while (text_split(&rest, '\n', &line))
            if (line.size <= key.size || memcmp(line.at, key.at, key.size) != 0)
                buf_printf(&lines, "\n%.*s", (int)line.size, line.at);
        answer = backer_ask(b, "POST", "/backups",
                            arena_printf(unit->arena,
                                         "Tus-Resumable: 1.0.0\nUpload-Length: 1000\nUpload-Metadata: %s",
                                         backer_metadata(b, buf_cstr(&lines))),
                            NULL);
        if (answer.status != rows[i].status || !strstr(answer.text, rows[i].says))
            fail_msg("%s: %d %s", rows[i].change, answer.status, answer.text);
    }
    assert_int_equal(count_of(ops), 0);
}

UNIT(a_length_must_be_told_and_be_within_the_limit)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *said = backer_said(b, backer_recipients(b));
    struct answer answer;

    answer = backer_ask(
        b, "POST", "/backups",
        arena_printf(unit->arena, "Tus-Resumable: 1.0.0\nUpload-Defer-Length: 1\nUpload-Metadata: %s", said),
        NULL);
    assert_int_equal(answer.status, 400);
    answer =
        backer_ask(b, "POST", "/backups",
                   arena_printf(unit->arena,
                                "Tus-Resumable: 1.0.0\nUpload-Length: 268435457\nUpload-Metadata: %s", said),
                   NULL);
    assert_int_equal(answer.status, 413);
    answer = backer_ask(b, "OPTIONS", "/backups", "", NULL);
    assert_int_equal(answer.status, 204);
    assert_null(strstr(support_header(&answer, "Tus-Extension"), "defer"));
}

/* ---- what is in the file ------------------------------------------------------------------ */

static struct span flipped(struct unit *unit, struct span file, size_t at)
{
    char *bytes = arena_text(unit->arena, file);

    bytes[at] ^= 1;
    return span_make(bytes, file.size);
}

/* The first two chunks of the payload change places. */
static struct span reordered(struct unit *unit, struct span file, size_t header)
{
    size_t chunk = 64 * 1024 + 16, at = header + 16;
    char *bytes = arena_text(unit->arena, file);

    assert_true(file.size > at + 2 * chunk);
    memcpy(bytes + at, file.at + at + chunk, chunk);
    memcpy(bytes + at + chunk, file.at + at, chunk);
    return span_make(bytes, file.size);
}

static size_t header_size(struct unit *unit, struct span file)
{
    size_t size = 0;

    assert_int_equal(age_header_size(file, &size, &unit->err), AGE_FOUND);
    return size;
}

static struct span tar_with(struct unit *unit, const char *name)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, name, span_of("{}"));
    tarball_end(&tar);
    return buf_span(&tar);
}

static struct span by_passphrase(struct unit *unit)
{
    AUTO(age_identity_freep) struct age_identity *phrase = NULL;
    struct buf out = {.arena = unit->arena};

    MUST(age_identity_passphrase(span_of("open sesame"), 4, &phrase, &unit->err));
    MUST(age_test_seal(&(struct age_to){.passphrase = phrase}, span_of("x"), 10, &out, &unit->err));
    return buf_span(&out);
}

/* Stanzas of a kind nobody knows, far too many. */
static struct span oversized(struct unit *unit)
{
    struct buf out = {.arena = unit->arena};

    buf_text(&out, "age-encryption.org/v1\n");
    while (out.size < 80 * 1024)
        buf_text(&out, "-> grease abcdefgh\nAAAA\n");
    return buf_span(&out);
}

static const char *plus(struct unit *unit, const char *recipients)
{
    char text[AGE_RECIPIENT_CHARS + 1];

    age_recipient_text(age_identity_recipient(age_test_identity(unit->arena)), text);
    return arena_printf(unit->arena, "%s %s", recipients, text);
}

static const char *instead(struct unit *unit, struct backer *b)
{
    char text[AGE_RECIPIENT_CHARS + 1];

    age_recipient_text(age_identity_recipient(age_test_identity(unit->arena)), text);
    return arena_printf(unit->arena, "%s %s", text, b->recipient);
}

UNIT(a_bad_file_is_refused_and_its_upload_is_gone)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *all = backer_recipients(b);
    struct span file = backer_sealed(b, all);
    struct span big = backer_seal(b, age_test_plain(unit->arena, 200000), all);
    size_t header = header_size(unit, file);
    const struct {
        const char *what;
        struct span file;
        int status;
        const char *says;
    } rows[] = {
        {"empty header", span_of("x"), 400, "header"},
        {"cut in the header", span_make(file.at, header / 2), 400, "header"},
        {"cut in the payload", span_make(file.at, file.size - 1), 400, "payload"},
        {"cut at the nonce", span_make(file.at, header + 3), 400, "nonce"},
        {"a byte more", backer_seal(b, span_of("no tar"), all), 400, ""},
        {"flipped in a stanza", flipped(unit, file, 60), 400, ""},
        {"flipped MAC", flipped(unit, file, header - 5), 400, ""},
        {"flipped nonce", flipped(unit, file, header + 2), 400, "payload"},
        {"flipped payload", flipped(unit, file, file.size - 40), 400, "payload"},
        {"reordered chunks", reordered(unit, big, header_size(unit, big)), 400, "payload"},
        {"foreign file", span_of("%PDF-1.7 this is a document that somebody scanned"), 400,
         "no sealed backup"},
        {"one recipient more", backer_seal(b, span_of("x"), plus(unit, all)), 400, "recipients"},
        {"another tenant", backer_sealed(b, instead(unit, b)), 400, "not sealed to this tenant"},
        {"device alone", backer_sealed(b, b->recipient), 400, "recipients"},
        {"passphrase", by_passphrase(unit), 400, "X25519"},
        {"oversized header", oversized(unit), 413, ""},
        {"box contents", backer_seal(b, tar_with(unit, "box-contents.json"), all), 0, ""},
        {"scans", backer_seal(b, tar_with(unit, "scan-0001.pdf"), all), 0, ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer = backer_send(b, rows[i].file, backer_said(b, all));
        int64_t left;

        if (rows[i].status ? answer.status != rows[i].status : answer.status / 100 != 4)
            fail_msg("%s: %d %s", rows[i].what, answer.status, answer.text);
        if (!strstr(answer.text, rows[i].says))
            fail_msg("%s: %s", rows[i].what, answer.text);
        assert_null(support_header(&answer, "Nightshift-Backup"));
        MUST(store_upload_count(ops->s.store, 1, &left, &unit->err));
        assert_int_equal(left, 0);
    }
    assert_int_equal(count_of(ops), 0);
    assert_int_equal(backer_send(b, file, backer_said(b, all)).status, 201);
}

UNIT(document_data_inside_is_refused_in_words)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *all = backer_recipients(b);
    struct buf tar = {.arena = unit->arena};
    struct answer answer;

    tarball_file(
        &tar, "backup.json",
        span_of(
            "{\"schema\":\"nightshift-backup-1\",\"model\":\"MFP 3110\",\"family\":\"c450\",\"firmware\":"
            "{\"system\":\"4.2.0\"},\"serial\":\"SN-1\",\"controller_id\":\"mfp-1\",\"time\":\"2026-09-02T"
            "10:00:00Z\",\"categories\":[{\"name\":\"job-names\",\"class\":\"customer\",\"items\":1,"
            "\"size\":2,\"sha256\":\"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\"}]}"));
    tarball_file(&tar, "job-names.json", span_of("{}"));
    tarball_end(&tar);
    answer = backer_send(b, backer_seal(b, buf_span(&tar), all), backer_said(b, all));
    assert_int_equal(answer.status, 403);
    assert_non_null(strstr(answer.text, "no document data"));
}

UNIT(what_was_said_must_be_what_is_inside)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *all = backer_recipients(b);
    struct span file = backer_sealed(b, all);
    const char *const rows[] = {
        "model=MFP 3110\nserial=SN-1\ncategories=addressbook=4,network=1",
        "model=MFP 3110\nserial=SN-1\ncategories=addressbook=3",
        "model=MFP 3110\nserial=SN-1\ncategories=addressbook=3,network=1,fax=0",
        "model=MFP 3110\nserial=SN-1\ncategories=addressbook=3,wireless=1",
        "model=MFP 9999\nserial=SN-1\ncategories=addressbook=3,network=1",
        "model=MFP 3110\nserial=SN-2\ncategories=addressbook=3,network=1",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *said = backer_metadata(
            b, arena_printf(
                   unit->arena,
                   "trigger=panel\ntaken=2026-09-02T10:15:00Z\nfirmware=system=4.2.0\n%s\nrecipients=%s",
                   rows[i], all));
        struct answer answer = backer_send(b, file, said);

        if (answer.status != 400)
            fail_msg("%s: %d %s", rows[i], answer.status, answer.text);
    }
    assert_int_equal(count_of(ops), 0);
}

/* ---- whom it is for ------------------------------------------------------------------------- */

UNIT(a_device_without_a_recipient_takes_no_part_and_its_poll_says_nothing)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer;

    support_device(&ops->s, "mfp-9", QUIRK_NONE);
    answer = support_ask(&ops->s, "GET", "/DEFAULT/controller/v1/mfp-9",
                         "Authorization: TargetToken token-mfp-9", NULL);
    assert_null(support_at(&answer, "_links"));
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-9/backups", "{}").status, 409);
    assert_int_equal(ops_ask(ops, "viewer", "POST", "/api/v1/devices/mfp-9/backups", "{}").status, 403);
    answer = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-9", NULL);
    assert_null(support_at(&answer, "backup"));
}

UNIT(a_backup_asked_for_is_in_the_poll_until_it_came)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct answer answer = backer_ask(b, "GET", "", "", NULL);

    assert_null(support_at(&answer, "_links"));
    answer = ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1/backups", "{}");
    assert_int_equal(answer.status, 202);
    assert_string_equal(support_text(&answer, "device"), "mfp-1");
    answer = backer_ask(b, "GET", "", "Prefer: wait=60", NULL);
    assert_string_equal(support_text(&answer, "_links.backups.href"),
                        "https://fw.example:8443/DEFAULT/controller/v1/mfp-1/backups");
    assert_int_equal(answer.reply.wait_ms, 0);
    answer = backer_ask(b, "GET", "/backups", "", NULL);
    assert_string_equal(support_text(&answer, "wanted"), "technician");
    assert_string_equal(support_text(&answer, "custody"), "service");
    backer_backup(b);
    answer = backer_ask(b, "GET", "/backups", "", NULL);
    assert_null(support_text(&answer, "wanted"));
    answer = backer_ask(b, "GET", "", "", NULL);
    assert_null(support_at(&answer, "_links"));
}

UNIT(escrow_of_the_customers_rule_is_part_of_the_deal)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct age_identity *escrow = age_test_identity(unit->arena);
    char text[AGE_RECIPIENT_CHARS + 1];
    const char *before = backer_recipients(b), *after;
    struct answer answer;

    age_recipient_text(age_identity_recipient(escrow), text);
    answer =
        ops_ask(ops, "admin", "PUT", "/api/v1/backup-rules",
                arena_printf(unit->arena, "{\"customer\":\"\",\"escrow\":[\"%s\"],\"lock_days\":10}", text));
    assert_int_equal(answer.status, 200);
    after = backer_recipients(b);
    assert_non_null(strstr(after, text));
    assert_int_equal(backer_send(b, backer_sealed(b, before), backer_said(b, before)).status, 409);
    answer = ops_ask(ops, "technician", "GET", path_of(ops, backer_backup(b), "/file"), NULL);
    assert_true(backer_opened(&ops->s, escrow, span_make(answer.text, answer.size)).size > 0);
    assert_int_equal(ops_ask(ops, "admin", "PUT", "/api/v1/backup-rules", "{\"escrow\":[\"age1no\"]}").status,
                     400);
    assert_int_equal(ops_ask(ops, "admin", "PUT", "/api/v1/backup-rules", "{\"keep\":1}").status, 400);
    assert_int_equal(ops_ask(ops, "technician", "PUT", "/api/v1/backup-rules", "{}").status, 403);
}

UNIT(a_quota_is_the_customers)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    const char *all = backer_recipients(b);
    int64_t id = backer_backup(b);
    struct answer answer = ops_ask(ops, "viewer", "GET", path_of(ops, id, ""), NULL);
    int64_t size = support_int(&answer, "size");

    answer = ops_ask(ops, "admin", "PUT", "/api/v1/backup-rules",
                     arena_printf(unit->arena, "{\"quota_bytes\":%lld}", (long long)size * 2 - 1));
    assert_int_equal(answer.status, 200);
    answer = backer_send(b, backer_sealed(b, all), backer_said(b, all));
    assert_int_equal(answer.status, 429);
    assert_non_null(strstr(answer.text, "backups of customer"));
    assert_int_equal(ops_ask(ops, "admin", "DELETE", path_of(ops, id, ""), NULL).status, 204);
    backer_backup(b);
}

UNIT(what_changed_between_two_is_told_with_secrets_masked)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    int64_t one = backer_backup(b), two = backer_backup(b);
    struct answer answer =
        ops_ask(ops, "technician", "GET",
                path_of(ops, one, arena_printf(unit->arena, "/diff/%lld", (long long)two)), NULL);

    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(support_text(&answer, "text"), "canary-1-0"));
    assert_null(strstr(answer.text, "very-secret"));
    assert_int_equal(support_int(&answer, "a"), one);
    assert_non_null(support_at(&answer, "diff"));
    assert_int_equal(ops_ask(ops, "technician", "GET", path_of(ops, one, "/diff/999"), NULL).status, 404);
}

UNIT(the_metrics_count_what_happened)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct answer answer;

    backer_backup(b);
    backer_send(b, span_of("nonsense"), backer_said(b, backer_recipients(b)));
    answer = support_ask(&ops->s, "GET", "/metrics", NULL, NULL);
    assert_non_null(strstr(answer.text, "\nnightshift_backups_accepted_total 1\n"));
    assert_non_null(strstr(answer.text, "\nnightshift_backups_refused_total 1\n"));
    assert_non_null(strstr(answer.text, "\nnightshift_backup_key_locked "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_backup_is_accepted_and_comes_back_byte_for_byte),
        UNIT_TEST(the_last_byte_is_answered_with_the_backup_and_so_is_asking_again),
        UNIT_TEST(who_asks_how_far_it_is_hears_all_of_it_only_once_it_is_a_backup),
        UNIT_TEST(another_devices_upload_and_an_operators_are_none_of_a_device),
        UNIT_TEST(metadata_is_refused_by_name_before_a_byte_has_come),
        UNIT_TEST(a_length_must_be_told_and_be_within_the_limit),
        UNIT_TEST(a_bad_file_is_refused_and_its_upload_is_gone),
        UNIT_TEST(document_data_inside_is_refused_in_words),
        UNIT_TEST(what_was_said_must_be_what_is_inside),
        UNIT_TEST(a_device_without_a_recipient_takes_no_part_and_its_poll_says_nothing),
        UNIT_TEST(a_backup_asked_for_is_in_the_poll_until_it_came),
        UNIT_TEST(escrow_of_the_customers_rule_is_part_of_the_deal),
        UNIT_TEST(a_quota_is_the_customers),
        UNIT_TEST(what_changed_between_two_is_told_with_secrets_masked),
        UNIT_TEST(the_metrics_count_what_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
