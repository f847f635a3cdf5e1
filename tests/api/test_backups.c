#include "support/unit.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/upload.h"
#include "support/backup.h"
#include "support/ops.h"

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
    const struct who who = {.kind = WHO_IS_DEVICE,
                            .tenant_id = b->s->tenant_id,
                            .tenant = "DEFAULT",
                            .name = b->id,
                            .device = &device};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_backup_is_accepted_and_comes_back_byte_for_byte),
        UNIT_TEST(the_last_byte_is_answered_with_the_backup_and_so_is_asking_again),
        UNIT_TEST(who_asks_how_far_it_is_hears_all_of_it_only_once_it_is_a_backup),
        UNIT_TEST(another_devices_upload_and_an_operators_are_none_of_a_device),
        UNIT_TEST(metadata_is_refused_by_name_before_a_byte_has_come),
        UNIT_TEST(a_length_must_be_told_and_be_within_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
