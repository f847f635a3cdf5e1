/* Settings before and after an update: what changed is named by category, and what is on the list is put back. */
#include "support/unit.h"

#include <stdlib.h>

#include "base/text.h"
#include "domain/drift.h"
#include "support/backup.h"
#include "support/rollouts.h"

#define MODEL "MFP-3145"

struct scene {
    struct ops *ops;
    struct backer *b;
    int64_t before, action;
};

/* A machine that gave a backup and then was updated well. */
static struct scene updated(struct unit *unit, const char *reapply)
{
    struct scene s = {.ops = ops_world(unit->arena)};

    s.b = backer_make(&s.ops->s, "mfp-0");
    s.b->model = MODEL;
    s.b->serial = "S-1";
    assert_int_equal(ddi_ask(&s.ops->s, "PUT", "mfp-0", "/configData",
                             "{\"data\":{\"model\":\"" MODEL "\",\"serial\":\"S-1\"}}")
                         .status,
                     200);
    s.before = backer_backup(s.b);
    rollouts_started(
        s.ops, ddi_release(&s.ops->s, "2.0"),
        arena_printf(unit->arena, ",\"terms\":{\"fresh_backup_h\":24,\"compare\":true%s}", reapply));
    s.action = rollouts_offer(s.ops, "mfp-0", "deploymentBase");
    assert_int_equal(ddi_say(&s.ops->s, "mfp-0", s.action, "closed", "success", NULL).status, 200);
    return s;
}

/* The address book of a backer differs each time; the network does not. */
static void backs_up_after(struct scene *s)
{
    const char *recipients = backer_recipients(s->b);
    struct answer a = backer_send(
        s->b, backer_sealed(s->b, recipients),
        backer_metadata(s->b,
                        arena_printf(s->ops->s.arena,
                                     "trigger=after-update\naction=%lld\ntaken=%s\nmodel=%s\nserial=%s\n"
                                     "firmware=system=2.0\ncategories=addressbook=3,network=1\n"
                                     "recipients=%s",
                                     (long long)s->action, text_time(s->ops->s.arena, s->ops->s.now_ms),
                                     s->b->model, s->b->serial, recipients)));

    if (a.status != 201)
        fail_msg("backup: %d %s", a.status, a.text);
}

static void tick(struct scene *s)
{
    struct err err = {0};

    if (!drift_tick(&s->ops->s.world, s->ops->s.now_ms, &err))
        fail_msg("tick: %s", err.text);
}

static const char *entries_of(struct scene *s)
{
    return ops_ask(s->ops, "viewer", "GET",
                   arena_printf(s->ops->s.arena, "/api/v1/actions/%lld/entries", (long long)s->action), NULL)
        .text;
}

static struct answer dossier(struct scene *s)
{
    return ops_ask(s->ops, "viewer", "GET", "/api/v1/devices/mfp-0", NULL);
}

UNIT(what_changed_with_an_update_is_named_by_category_and_never_by_value)
{
    struct scene s = updated(unit, "");
    struct answer list;

    tick(&s);
    assert_null(strstr(entries_of(&s), "settings"));
    s.b->round++;
    backs_up_after(&s);
    tick(&s);
    assert_non_null(strstr(entries_of(&s), "settings changed with the update, by category: addressbook 3"));
    assert_null(strstr(entries_of(&s), "canary"));
    list = ops_ask(s.ops, "viewer", "GET", "/api/v1/restores", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 0);
}

UNIT(a_technician_reads_in_the_dossier_what_the_update_did_to_the_settings)
{
    struct scene s = updated(unit, ",\"reapply\":[\"network\"]");
    struct answer a = dossier(&s), why;

    assert_null(support_at(&a, "drift"));
    s.b->round++;
    backs_up_after(&s);
    a = dossier(&s);
    assert_string_equal(support_text(&a, "drift.state"), "pending");
    tick(&s);
    a = dossier(&s);
    assert_string_equal(support_text(&a, "drift.state"), "drifted");
    assert_string_equal(support_text(&a, "drift.text"),
                        "settings changed with the update, by category: addressbook 3");
    assert_int_equal(support_int(&a, "drift.action"), s.action);
    assert_int_equal(support_int(&a, "drift.before"), s.before);
    assert_true(support_int(&a, "drift.after") > s.before);
    why = ops_ask(s.ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_string_equal(support_text(&why, "drift.text"), support_text(&a, "drift.text"));
    assert_int_equal(support_int(&why, "drift.action"), s.action);
}

UNIT(what_is_as_before_is_said_once)
{
    struct scene s = updated(unit, "");
    const char *first;

    s.b->round = 0; /* the same settings as in the backup before */
    backs_up_after(&s);
    tick(&s);
    first = entries_of(&s);
    assert_non_null(strstr(first, "settings are what they were before the update"));
    tick(&s);
    assert_string_equal(entries_of(&s), first);
}

UNIT(what_is_on_the_list_is_put_back_by_a_restore_of_those_categories)
{
    struct scene s = updated(unit, ",\"reapply\":[\"addressbook\",\"network\"]");
    struct answer list;

    backs_up_after(&s);
    tick(&s);
    if (!strstr(entries_of(&s), "addressbook is put back by restore "))
        fail_msg("%s", entries_of(&s));
    list = ops_ask(s.ops, "viewer", "GET", "/api/v1/restores", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 1);
    assert_string_equal(support_text(&list, "items.0.state"), "started");
    assert_int_equal(support_int(&list, "items.0.backup"), s.before);
    assert_true(rollouts_offer(s.ops, "mfp-0", "deploymentBase") > s.action);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_changed_with_an_update_is_named_by_category_and_never_by_value),
        UNIT_TEST(a_technician_reads_in_the_dossier_what_the_update_did_to_the_settings),
        UNIT_TEST(what_is_as_before_is_said_once),
        UNIT_TEST(what_is_on_the_list_is_put_back_by_a_restore_of_those_categories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
