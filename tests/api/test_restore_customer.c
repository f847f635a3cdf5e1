/* Restores where the customer has the key: what the service passes on without reading it. */
#include "support/restores.h"

#include <inttypes.h>

#include "base/text.h"
#include "store/backups.h"
#include "support/age.h"
#include "support/enrol.h"

static struct answer hand_in(struct restores *r, const char *role, int64_t id, const char *is_whole,
                             const char *categories)
{
    char digest[65];

    memset(digest, 'a', 64);
    digest[64] = '\0';
    return restores_ask(r, role, id, "/plan",
                        arena_printf(r->unit->arena,
                                     "{\"digest\":\"%s\",\"is_whole\":%s,\"categories\":\"%s\",\"counts\":{"
                                     "\"exact\":3}}",
                                     digest, is_whole, categories));
}

static struct span header_of(struct restores *r, int64_t backup)
{
    struct span header = {0};

    if (!store_backup_header(r->s->store, r->unit->arena, backup, &header, &r->unit->err))
        fail_msg("%s", r->unit->err.text);
    return header;
}

static const char *rewrapped(struct restores *r, int64_t backup, const char *const *devices, size_t count)
{
    const struct age_identity *by[] = {r->customer};
    struct age_recipient to[4];
    struct span header;
    size_t at;

    for (size_t i = 0; i < count; i++)
        to[i] = *age_identity_recipient(restores_identity(r, devices[i]));
    if (!age_rewrap(r->unit->arena, header_of(r, backup), &(struct age_by){by, 1},
                    &(struct age_to){.recipients = to, .count = count}, &header, &at, &r->unit->err))
        fail_msg("%s", r->unit->err.text);
    return text_base64(r->unit->arena, header);
}

static struct answer start_with(struct restores *r, int64_t id, const char *member, const char *value)
{
    struct answer a = restores_get(r, id);

    return restores_ask(r, "technician", id, "/start",
                        arena_printf(r->unit->arena, "{\"digest\":\"%s\",\"%s\":\"%s\"}",
                                     support_text(&a, "digest"), member, value));
}

UNIT(a_customer_s_header_goes_around_the_backup_s_payload)
{
    static const char *const one[] = {"mfp-2"}, *const two[] = {"mfp-2", "mfp-1"};
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_CUSTOMER);
    int64_t backup = restores_small(r), id;
    struct answer a = restores_plan(r, backup, "mfp-2", ""), file;

    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "state"), "needs-plan");
    assert_null(support_at(&a, "digest"));
    id = support_int(&a, "id");
    a = restores_ask(r, "technician", id, "/start", arena_printf(unit->arena, "{\"digest\":\"%064d\"}", 0));
    enrol_refused(&a, 409, "needs-plan");
    a = hand_in(r, "technician", id, "true", "addressbook,network");
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "state"), "planned");
    a = restores_start(r, id);
    enrol_refused(&a, 400, "header");
    a = start_with(r, id, "header", "bm8gaGVhZGVy");
    assert_int_equal(a.status, 400);
    a = start_with(r, id, "header", rewrapped(r, backup, two, 2));
    enrol_refused(&a, 400, "alone");
    assert_int_equal(start_with(r, id, "header", rewrapped(r, backup, one, 1)).status, 200);
    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    file = restores_file(r, "mfp-2", id, RESTORES_NONCE);
    assert_true(restores_opens(r, "mfp-2", &file));
    assert_false(restores_opens(r, "mfp-1", &file));
    a = ops_ask(r->ops, "technician", "GET",
                arena_printf(unit->arena, "/api/v1/restores/%" PRId64 "/compare", id), NULL);
    assert_int_equal(a.status, 409);
}

static const char *upload(struct restores *r, const char *role, struct span bytes)
{
    const char *headers = arena_printf(r->unit->arena,
                                       "Authorization: Bearer token-%s\nTus-Resumable: 1.0.0\n"
                                       "Upload-Length: %zu\nContent-Length: %zu\n"
                                       "Content-Type: application/offset+octet-stream",
                                       role, bytes.size, bytes.size);
    struct answer answer = support_ask_bytes(r->s, "POST", "/api/v1/uploads", headers, bytes);

    if (answer.status != 201)
        fail_msg("upload: %d %s", answer.status, answer.text);
    return strrchr(support_header(&answer, "Location"), '/') + 1;
}

static struct span sealed_for(struct restores *r, const char *device, size_t size)
{
    const struct age_to to = {.recipients = age_identity_recipient(restores_identity(r, device)), .count = 1};
    struct buf out = {.arena = r->unit->arena};

    if (!age_test_seal(&to, age_test_plain(r->unit->arena, size), 65536, &out, &r->unit->err))
        fail_msg("%s", r->unit->err.text);
    return buf_span(&out);
}

UNIT(a_customer_s_own_package_is_an_upload_of_who_starts_it)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_CUSTOMER);
    struct answer a = restores_plan(r, restores_small(r), "mfp-2", ",\"categories\":\"network\""), file;
    struct span package = sealed_for(r, "mfp-2", 200000), cut = {package.at, 100};
    int64_t id = support_int(&a, "id");
    const char *mine;

    hand_in(r, "technician", id, "false", "network");
    a = restores_start(r, id);
    enrol_refused(&a, 400, "upload");
    a = start_with(r, id, "upload", upload(r, "admin", package));
    enrol_refused(&a, 404, "upload");
    a = start_with(r, id, "upload", upload(r, "technician", cut));
    assert_int_equal(a.status, 400);
    a = start_with(r, id, "upload", upload(r, "technician", span_of("no age file at all")));
    assert_int_equal(a.status, 400);
    mine = upload(r, "technician", package);
    assert_int_equal(start_with(r, id, "upload", mine).status, 200);
    a = restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    assert_int_equal(support_int(&a, "size"), package.size);
    file = restores_file(r, "mfp-2", id, RESTORES_NONCE);
    assert_int_equal(file.size, package.size);
    assert_memory_equal(file.text, package.at, package.size);
    a = ops_ask(r->ops, "technician", "HEAD", arena_printf(unit->arena, "/api/v1/uploads/%s", mine), NULL);
    assert_true(a.status >= 400); /* it is the restore's now */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_customer_s_header_goes_around_the_backup_s_payload),
        UNIT_TEST(a_customer_s_own_package_is_an_upload_of_who_starts_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
