/* What is in the file of a backup: checked before it is one. */
#include "support/unit.h"

#include "base/text.h"
#include "signing/age_header.h"
#include "store/uploads.h"
#include "support/age.h"
#include "support/backup.h"
#include "support/ops.h"
#include "support/tarball.h"

static int64_t count_of(struct ops *ops)
{
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/backups?limit=500", NULL);

    assert_int_equal(list.status, 200);
    return (int64_t)json_count(support_at(&list, "items"));
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_bad_file_is_refused_and_its_upload_is_gone),
        UNIT_TEST(document_data_inside_is_refused_in_words),
        UNIT_TEST(what_was_said_must_be_what_is_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
