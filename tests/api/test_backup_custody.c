#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "domain/backup_identity.h"
#include "signing/age_header.h"
#include "store/backups.h"
#include "support/age.h"
#include "support/backup.h"
#include "support/ops.h"

#define CUSTODY "/api/v1/backup-custody"

static const char *key_path(struct ops *ops, const char *name)
{
    return arena_printf(ops->s.arena, "%s/trust/DEFAULT/%s", ops->s.dir, name);
}

static struct answer custody(struct ops *ops)
{
    struct answer answer = ops_ask(ops, "viewer", "GET", CUSTODY, NULL);

    assert_int_equal(answer.status, 200);
    return answer;
}

static struct answer move_to(struct ops *ops, const char *word, const char *recipient)
{
    return ops_ask(ops, "admin", "POST", CUSTODY,
                   arena_printf(ops->s.arena, "{\"custody\":\"%s\",\"recipient\":\"%s\"}", word, recipient));
}

static const char *recipient_of(struct arena *arena, const struct age_identity *identity)
{
    char text[AGE_RECIPIENT_CHARS + 1];

    age_recipient_text(age_identity_recipient(identity), text);
    return arena_dup(arena, text);
}

static struct span file_of(struct ops *ops, int64_t id)
{
    struct answer answer =
        ops_ask(ops, "technician", "GET",
                arena_printf(ops->s.arena, "/api/v1/backups/%lld/file", (long long)id), NULL);

    assert_int_equal(answer.status, 200);
    return span_make(answer.text, answer.size);
}

static struct answer diff(struct ops *ops, int64_t a, int64_t b)
{
    return ops_ask(ops, "technician", "GET",
                   arena_printf(ops->s.arena, "/api/v1/backups/%lld/diff/%lld", (long long)a, (long long)b),
                   NULL);
}

/* The service's own identity, taken from its file as a thief with the whole folder would. */
static struct age_identity *stolen(struct unit *unit, struct ops *ops, const char *name)
{
    struct age_identity *seal = NULL, *identity = NULL;
    struct span text;

    MUST(file_read(unit->arena, arena_printf(unit->arena, "%s/seal", ops->s.dir), 4096, &text, &unit->err));
    MUST(age_identity_passphrase(text_trim(text), 14, &seal, &unit->err));
    MUST(age_key_file_load(key_path(ops, name), seal, &identity, &unit->err));
    age_identity_freep(&seal);
    return identity;
}

UNIT(a_fresh_tenant_is_in_service_custody_with_a_sealed_key)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = custody(ops);
    struct stat info;
    struct span bytes;

    assert_string_equal(support_text(&answer, "custody"), "service");
    assert_true(text_starts(support_text(&answer, "recipient"), "age1"));
    assert_null(support_at(&answer, "next"));
    assert_int_equal(stat(arena_printf(unit->arena, "%s/seal", ops->s.dir), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    MUST(file_read(unit->arena, key_path(ops, "backup.key"), 1 << 16, &bytes, &unit->err));
    assert_true(text_starts(bytes.at, "-----BEGIN AGE ENCRYPTED FILE-----"));
    assert_int_equal(move_to(ops, "nobody", "").status, 400);
    assert_int_equal(move_to(ops, "customer", "").status, 400);
    assert_int_equal(move_to(ops, "customer", support_text(&answer, "recipient")).status, 409);
    assert_int_equal(ops_ask(ops, "technician", "POST", CUSTODY, "{\"custody\":\"service\"}").status, 403);
}

UNIT(without_the_seal_nothing_opens_and_it_is_said_which_file_is_missing)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    int64_t id = backer_backup(b);
    struct tenant tenant = {.id = 1, .name = "DEFAULT"};
    struct age_by by;

    ops_reopen(ops);
    assert_int_equal(unlink(arena_printf(unit->arena, "%s/seal", ops->s.dir)), 0);
    assert_int_equal(diff(ops, id, id).status / 100, 4);
    assert_false(backup_custody_identities(&ops->s.world, unit->arena, &tenant, &by, &unit->err));
    SAYS("seal_file");
}

/* ---- service -> customer ------------------------------------------------------------------ */

UNIT(after_the_move_to_a_customer_nothing_of_the_folder_opens_a_header)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    AUTO(age_identity_freep) struct age_identity *old = NULL;
    struct age_identity *theirs = age_test_identity(unit->arena);
    struct span before[3], after;
    int64_t ids[3];
    struct answer answer;

    for (int i = 0; i < 3; i++) {
        ids[i] = backer_backup(b);
        before[i] = file_of(ops, ids[i]);
    }
    old = stolen(unit, ops, "backup.key");
    assert_true(backer_opened(&ops->s, old, before[0]).size > 0);
    answer = move_to(ops, "customer", recipient_of(unit->arena, theirs));
    assert_int_equal(answer.status, 200);
    assert_string_equal(support_text(&answer, "custody"), "customer"); /* few headers: at once */
    assert_int_equal(support_int(&answer, "left"), 0);
    assert_false(file_exists(key_path(ops, "backup.key")));
    assert_false(file_exists(key_path(ops, "backup-next.key")));
    for (int i = 0; i < 3; i++) {
        after = file_of(ops, ids[i]);
        assert_int_equal(backer_opened(&ops->s, old, after).size, 0);
        assert_true(backer_opened(&ops->s, theirs, after).size > 0);
        assert_true(backer_opened(&ops->s, b->identity, after).size > 0);
    }
    answer = diff(ops, ids[0], ids[1]);
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(answer.text, "--identity"));
    /* New ones are for the customer, and are taken unopened. */
    ids[0] = backer_backup(b);
    assert_true(backer_opened(&ops->s, theirs, file_of(ops, ids[0])).size > 0);
    assert_int_equal(move_to(ops, "customer", recipient_of(unit->arena, theirs)).status, 200);
}

/* The payload is the one that was uploaded. */
UNIT(a_move_leaves_payloads_alone_and_what_is_dropped_stays_dropped)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct age_identity *theirs = age_test_identity(unit->arena);
    int64_t id = backer_backup(b), gone = backer_backup(b);
    const char *path = arena_printf(unit->arena, "/api/v1/backups/%lld", (long long)gone);
    struct backup one, two;

    assert_int_equal(ops_ask(ops, "admin", "DELETE", path, NULL).status, 204);
    MUST(store_backup_get(ops->s.store, unit->arena, 1, id, &one, &unit->err));
    assert_int_equal(move_to(ops, "customer", recipient_of(unit->arena, theirs)).status, 200);
    MUST(store_backup_get(ops->s.store, unit->arena, 1, id, &two, &unit->err));
    assert_string_equal(one.payload, two.payload);
    assert_string_equal(two.wrapped_to, recipient_of(unit->arena, theirs));
    assert_null(strstr(two.recipients, one.wrapped_to));
    assert_int_equal(
        ops_ask(ops, "technician", "GET", arena_printf(unit->arena, "%s/file", path), NULL).status, 410);
}

UNIT(keys_are_there_as_long_as_a_reader_has_them)
{
    struct ops *ops = ops_world(unit->arena);
    struct arena *reader = arena_new();
    struct tenant tenant = {.id = 1, .name = "DEFAULT"};
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct span before = file_of(ops, backer_backup(b));
    struct age_identity *theirs = age_test_identity(unit->arena);
    struct age_by by;

    MUST(backup_custody_identities(&ops->s.world, reader, &tenant, &by, &unit->err));
    assert_int_equal(move_to(ops, "customer", recipient_of(unit->arena, theirs)).status, 200);
    MUST(age_header_opens(before, &by, &unit->err)); /* the reader that was there goes on */
    REFUSES(ERR_CONFLICT, backup_custody_identities(&ops->s.world, unit->arena, &tenant, &by, &unit->err));
    arena_freep(&reader);
}

/* ---- rotation -------------------------------------------------------------------------------- */

UNIT(service_custody_once_more_is_a_new_key)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    int64_t one = backer_backup(b), two = backer_backup(b);
    AUTO(age_identity_freep) struct age_identity *old = stolen(unit, ops, "backup.key");
    struct answer answer = custody(ops);
    const char *before = support_text(&answer, "recipient");

    answer = ops_ask(ops, "admin", "POST", CUSTODY, "{\"custody\":\"service\"}");
    assert_int_equal(answer.status, 200);
    assert_string_not_equal(support_text(&answer, "recipient"), before);
    assert_true(file_exists(key_path(ops, "backup.key")));
    assert_false(file_exists(key_path(ops, "backup-next.key")));
    assert_int_equal(backer_opened(&ops->s, old, file_of(ops, one)).size, 0);
    assert_int_equal(diff(ops, one, two).status, 200);
    ops_reopen(ops);
    assert_int_equal(diff(ops, one, two).status, 200);
}

/* ---- out of customer custody -------------------------------------------------------------------- */

static struct answer put_header(struct ops *ops, int64_t id, struct span header, const char *const *names,
                                size_t count)
{
    struct buf b = {.arena = ops->s.arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    json_text(&j, "header", text_base64(ops->s.arena, header));
    json_open_list(&j, "recipients");
    for (size_t i = 0; i < count; i++)
        json_text(&j, NULL, names[i]);
    json_close(&j);
    json_close(&j);
    return ops_ask(ops, "admin", "PUT",
                   arena_printf(ops->s.arena, "/api/v1/backups/%lld/header", (long long)id), buf_cstr(&b));
}

static struct span wrapped(struct unit *unit, struct ops *ops, int64_t id, const struct age_identity *by,
                           const char *const *names, size_t count)
{
    struct answer old = ops_ask(
        ops, "admin", "GET", arena_printf(unit->arena, "/api/v1/backups/%lld/header", (long long)id), NULL);
    struct age_recipient to[4];
    struct span header = {0};
    size_t at;

    for (size_t i = 0; i < count; i++)
        MUST(age_recipient_parse(span_of(names[i]), &to[i], &unit->err));
    MUST(age_rewrap(unit->arena, span_make(old.text, old.size), &(struct age_by){&by, 1},
                    &(struct age_to){to, count, NULL}, &header, &at, &unit->err));
    return header;
}

UNIT(out_of_customer_custody_whoever_has_the_key_wraps_and_the_last_header_ends_the_move)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct age_identity *theirs = age_test_identity(unit->arena), *stranger = age_test_identity(unit->arena);
    const char *their_name = recipient_of(unit->arena, theirs), *names[2];
    struct answer answer;
    int64_t ids[2], other;
    struct span header;

    assert_int_equal(move_to(ops, "customer", their_name).status, 200);
    ids[0] = backer_backup(b);
    ids[1] = backer_backup(b);
    header = wrapped(unit, ops, ids[0], theirs, (const char *[]){b->recipient}, 1);
    names[0] = their_name;
    names[1] = b->recipient;
    assert_int_equal(put_header(ops, ids[0], header, names, 2).status, 200); /* it is so: nothing to do */
    answer = ops_ask(ops, "admin", "POST", CUSTODY, "{\"custody\":\"service\"}");
    assert_string_equal(support_text(&answer, "custody"), "customer");
    assert_string_equal(support_text(&answer, "next.custody"), "service");
    assert_int_equal(support_int(&answer, "left"), 2);
    assert_int_equal(move_to(ops, "customer", recipient_of(unit->arena, stranger)).status, 409);
    names[0] = support_text(&answer, "next.recipient");

    header = wrapped(unit, ops, ids[0], theirs,
                     (const char *[]){recipient_of(unit->arena, stranger), b->recipient}, 2);
    assert_int_equal(put_header(ops, ids[0], header, names, 2).status, 400);
    header = wrapped(unit, ops, ids[1], theirs, names, 2); /* another backup's file key */
    assert_int_equal(put_header(ops, ids[0], header, names, 2).status, 400);
    header = wrapped(unit, ops, ids[0], theirs, names, 1);
    assert_int_equal(put_header(ops, ids[0], header, names, 1).status, 400);
    assert_int_equal(put_header(ops, ids[0], span_of("junk"), names, 2).status, 400);

    header = wrapped(unit, ops, ids[0], theirs, names, 2);
    assert_int_equal(put_header(ops, ids[0], header, names, 2).status, 200);
    answer = ops_ask(ops, "viewer", "GET", "/api/v1/backups?to_move=1", NULL);
    assert_int_equal(json_count(support_at(&answer, "items")), 1);
    assert_int_equal(support_int(&answer, "items.0.id"), ids[1]);
    other = backer_backup(b); /* in a move: for both, and one more to wrap */
    answer = custody(ops);
    assert_int_equal(support_int(&answer, "left"), 2);
    header = wrapped(unit, ops, ids[1], theirs, names, 2);
    assert_int_equal(put_header(ops, ids[1], header, names, 2).status, 200);
    header = wrapped(unit, ops, other, theirs, names, 2);
    assert_int_equal(put_header(ops, other, header, names, 2).status, 200);
    answer = custody(ops);
    assert_string_equal(support_text(&answer, "custody"), "service");
    assert_null(support_at(&answer, "next"));
    assert_int_equal(diff(ops, ids[0], other).status, 200);
    assert_int_equal(backer_opened(&ops->s, theirs, file_of(ops, other)).size, 0);
    ops_reopen(ops);
    assert_int_equal(diff(ops, ids[0], ids[1]).status, 200);
    assert_false(file_exists(key_path(ops, "backup-next.key")));
}

/* ---- what a crash leaves --------------------------------------------------------------------------- */

static void copy(struct unit *unit, struct ops *ops, const char *from, const char *to)
{
    struct span bytes;

    MUST(file_read(unit->arena, key_path(ops, from), 1 << 16, &bytes, &unit->err));
    MUST(file_write_whole(key_path(ops, to), bytes, 0600, &unit->err));
}

UNIT(files_follow_rows_after_a_crash)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct age_identity *theirs = age_test_identity(unit->arena);
    int64_t id = backer_backup(b);
    char recipient[AGE_RECIPIENT_CHARS + 1];

    /* A next key whose row never came. */
    MUST(backup_identity_make(&ops->s.world, "DEFAULT", IDENTITY_NEXT, recipient, &unit->err));
    MUST(backup_custody_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_false(file_exists(key_path(ops, "backup-next.key")));
    /* The row says the next key is current; its file was not moved yet. */
    assert_int_equal(rename(key_path(ops, "backup.key"), key_path(ops, "backup-next.key")), 0);
    ops_reopen(ops);
    assert_int_equal(diff(ops, id, id).status, 200);
    MUST(backup_custody_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_true(file_exists(key_path(ops, "backup.key")));
    assert_false(file_exists(key_path(ops, "backup-next.key")));
    /* The row says customer; the file was not destroyed yet. */
    copy(unit, ops, "backup.key", "kept");
    assert_int_equal(move_to(ops, "customer", recipient_of(unit->arena, theirs)).status, 200);
    copy(unit, ops, "kept", "backup.key");
    MUST(backup_custody_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_false(file_exists(key_path(ops, "backup.key")));
}

UNIT(a_tenant_without_custody_takes_no_backups_until_it_is_given_one)
{
    struct support *s = support_world(unit->arena);
    struct age_identity *own = age_test_identity(unit->arena);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = s->tenant_id, .tenant = "DEFAULT", .name = "mia"};
    struct backup_custody_view view;
    struct backer *b = backer_make(s, "mfp-1");

    s->settings.disk_reserve_bytes = 0;
    assert_int_equal(backer_ask(b, "GET", "/backups", "", NULL).status, 404);
    MUST(backup_custody_move(&s->world, unit->arena, &who, BACKUP_CUSTODY_CUSTOMER,
                             recipient_of(unit->arena, own), s->now_ms, &view, &unit->err));
    assert_int_equal(view.key.custody, BACKUP_CUSTODY_CUSTOMER);
    assert_true(backer_backup(b) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_fresh_tenant_is_in_service_custody_with_a_sealed_key),
        UNIT_TEST(without_the_seal_nothing_opens_and_it_is_said_which_file_is_missing),
        UNIT_TEST(after_the_move_to_a_customer_nothing_of_the_folder_opens_a_header),
        UNIT_TEST(a_move_leaves_payloads_alone_and_what_is_dropped_stays_dropped),
        UNIT_TEST(keys_are_there_as_long_as_a_reader_has_them),
        UNIT_TEST(service_custody_once_more_is_a_new_key),
        UNIT_TEST(out_of_customer_custody_whoever_has_the_key_wraps_and_the_last_header_ends_the_move),
        UNIT_TEST(files_follow_rows_after_a_crash),
        UNIT_TEST(a_tenant_without_custody_takes_no_backups_until_it_is_given_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
