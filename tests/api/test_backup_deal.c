/* Whom a backup is for, what is wanted, and what is told of it. */
#include "support/unit.h"

#include "base/text.h"
#include "support/age.h"
#include "support/backup.h"
#include "support/ops.h"

static const char *path_of(struct ops *ops, int64_t id, const char *rest)
{
    return arena_printf(ops->s.arena, "/api/v1/backups/%lld%s", (long long)id, rest);
}

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
        UNIT_TEST(a_device_without_a_recipient_takes_no_part_and_its_poll_says_nothing),
        UNIT_TEST(a_backup_asked_for_is_in_the_poll_until_it_came),
        UNIT_TEST(escrow_of_the_customers_rule_is_part_of_the_deal),
        UNIT_TEST(a_quota_is_the_customers),
        UNIT_TEST(what_changed_between_two_is_told_with_secrets_masked),
        UNIT_TEST(the_metrics_count_what_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
