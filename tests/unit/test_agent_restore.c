/* Restores, as the agent takes, checks and applies them. */
#include "support/mfp.h"
#include "support/tarball.h"
#include "support/unit.h"

#include "base/text.h"
#include "tools/agent/parts.h"

#define STEPS 600

static const char *set_now(const struct mfp *mfp, const char *category)
{
    return mfp->settings[mfp_kind(category)];
}

static struct mfp *offered(struct arena *arena, const char *network)
{
    struct mfp *mfp = mfp_with_settings(arena);
    struct snapshot snapshot =
        mfp_snapshot(arena, "M", "network", network, "addressbook", "new people", "users", "ada", NULL);

    mfp_offers(mfp, &snapshot, "addressbook,users,network");
    return mfp;
}

/* The restore is over, however: the service has heard. */
static void run_to_its_end(struct mfp *mfp)
{
    for (int i = 0; i < STEPS && !mfp->successes && !mfp->failures; i++)
        (void)mfp_step(mfp);
    mfp_run(mfp, STEPS);
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
}

static void assert_untouched(const struct mfp *mfp)
{
    assert_string_equal(set_now(mfp, "addressbook"), "old people");
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_null(set_now(mfp, "users"));
}

static void assert_restored(const struct mfp *mfp)
{
    assert_int_equal(mfp->failures, 0);
    assert_true(mfp->successes >= 1);
    assert_string_equal(set_now(mfp, "addressbook"), "new people");
    assert_string_equal(set_now(mfp, "users"), "ada");
    assert_string_equal(set_now(mfp, "network"), "good");
    assert_string_equal(mfp->result,
                        "{\"categories\":[{\"name\":\"addressbook\",\"result\":\"applied\","
                        "\"items\":1,\"text\":\"\"},{\"name\":\"users\",\"result\":\"applied\","
                        "\"items\":1,\"text\":\"\"},{\"name\":\"network\",\"result\":\"applied\","
                        "\"items\":1,\"text\":\"\"}]}");
}

UNIT(a_restore_puts_each_category_back_the_line_last_and_backs_up_around_it)
{
    struct mfp *mfp = offered(unit->arena, "good");

    run_to_its_end(mfp);
    assert_restored(mfp);
    assert_int_equal(mfp->backups, 2);
    assert_string_equal(mfp_about(mfp, 1, "trigger"), "before-restore");
    assert_string_equal(mfp_about(mfp, 1, "restore"), "5");
    assert_string_equal(mfp_about(mfp, 2, "trigger"), "after-restore");
    assert_string_equal(snapshot_value(&mfp_backup(mfp, 2).categories[0].items[0], "value"), "new people");
    assert_true(mfp_said(mfp, "\"code\":9070"));
    assert_int_equal(mfp->boots, 3);
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_of_a_restore_ends_in_one_that_is_whole)
{
    int cuts = 0;

    for (int ticks = 0, was_cut = 1; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = offered(arena, "good");
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        run_to_its_end(mfp);
        was_cut = mfp->boots > boots;
        cuts += was_cut;
        assert_restored(mfp);
        assert_int_equal(mfp_count(mfp, "\"nonce\""), mfp_count(mfp, mfp->nonce));
        mfp_end(mfp);
    }
    assert_true(cuts > 60);
}

UNIT(network_settings_that_cut_the_line_are_put_back)
{
    struct mfp *mfp = offered(unit->arena, "bad");
    int64_t began_ms;

    while (!text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    began_ms = mfp->now_ms;
    while (text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    assert_in_range(mfp->now_ms - began_ms, 299000, 330000);
    run_to_its_end(mfp);
    assert_int_equal(mfp->successes, 0);
    assert_int_equal(mfp->failures, 1);
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_string_equal(set_now(mfp, "addressbook"), "new people");
    assert_non_null(strstr(mfp->result, "{\"name\":\"addressbook\",\"result\":\"applied\""));
    assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"reverted\""));
    assert_true(mfp_said(mfp, "the service could not be reached in"));
    mfp_end(mfp);
}

UNIT(a_connection_from_before_does_not_answer_for_the_new_network)
{
    struct mfp *mfp = offered(unit->arena, "bad");

    mfp->keeps_connection = true;
    run_to_its_end(mfp);
    assert_int_equal(mfp->successes, 0);
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"reverted\""));
    assert_int_equal(mfp->reconnects, 2); /* into it, and out again */
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_never_leaves_a_machine_without_a_line)
{
    int cuts = 0;

    for (int ticks = 0, was_cut = 1; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = offered(arena, "bad");
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        run_to_its_end(mfp);
        was_cut = mfp->boots > boots;
        cuts += was_cut;
        assert_int_equal(mfp->successes, 0);
        assert_string_equal(set_now(mfp, "network"), "old network");
        assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"reverted\""));
        mfp_end(mfp);
    }
    assert_true(cuts > 60);
}

UNIT(two_power_cuts_do_no_more_harm_than_one)
{
    for (int first = 0; first < 90; first += 4) {
        for (int second = 1; second < 60; second += 5) {
            AUTO(arena_freep) struct arena *arena = arena_new();
            struct mfp *mfp = offered(arena, second % 2 ? "bad" : "good");
            int boots = mfp->boots;

            mfp->ticks_left = first;
            for (int i = 0; i < STEPS && mfp->boots == boots; i++)
                (void)mfp_step(mfp);
            mfp->ticks_left = second;
            run_to_its_end(mfp);
            if (second % 2)
                assert_string_equal(set_now(mfp, "network"), "old network");
            else
                assert_restored(mfp);
            mfp_end(mfp);
        }
    }
}

UNIT(a_clock_that_was_set_back_does_not_stretch_the_dead_mans_time)
{
    struct mfp *mfp = offered(unit->arena, "bad");
    int64_t began_ms;

    while (!text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    mfp->now_ms -= 24 * 3600 * 1000LL;
    began_ms = mfp->now_ms;
    while (text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    assert_true(mfp->now_ms - began_ms < 700000);
    mfp_end(mfp);
}

UNIT(a_category_that_the_machine_refuses_is_said_and_the_rest_goes_on)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->fails_to_apply = "users";
    run_to_its_end(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_string_equal(set_now(mfp, "addressbook"), "new people");
    assert_string_equal(set_now(mfp, "network"), "good");
    assert_non_null(strstr(mfp->result, "{\"name\":\"users\",\"result\":\"failed\",\"items\":1,\"text\":"
                                        "\"the board refuses it\"}"));
    mfp_end(mfp);
}

UNIT(network_settings_that_the_machine_refuses_are_put_back_and_failed)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->fails_to_apply = "network";
    run_to_its_end(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"failed\""));
    mfp_end(mfp);
}

UNIT(a_busy_machine_is_restored_later_without_a_window)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->is_busy = true;
    mfp->update = "skip";
    mfp->window = "unavailable";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    for (int i = 0; i < 30; i++)
        (void)mfp_step(mfp);
    assert_untouched(mfp);
    mfp->is_busy = false;
    run_to_its_end(mfp);
    assert_restored(mfp);
    mfp_end(mfp);
}

UNIT(a_restore_called_back_before_it_is_applied_changes_nothing)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->is_busy = true;
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    mfp->offer = MFP_CANCEL;
    mfp->is_busy = false;
    mfp->now_ms += 11 * 60000;
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
    mfp_end(mfp);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static void assert_refused(struct mfp *mfp, const char *words)
{
    run_to_its_end(mfp);
    assert_untouched(mfp);
    assert_int_equal(mfp->successes, 0);
    assert_true(mfp->failures >= 1);
    if (!strstr(agent_last(mfp->agent)->text, words))
        fail_msg("%s", agent_last(mfp->agent)->text);
}

UNIT(a_ticket_that_is_not_for_this_machine_and_this_file_is_refused_before_a_byte_is_fetched)
{
    static const struct {
        const char *what, *says;
    } rows[] = {
        {"tenant", "the ticket is for mfp-1 of U"},
        {"device", "the ticket is for mfp-2 of T"},
        {"restore", "the ticket is for restore 6"},
        {"length", "the ticket is for"},
        {"digest", "for another file"},
        {"expires", "the ticket expired"},
        {"key", "restore 5"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = offered(arena, "good");
        struct restore_ticket *ticket = &mfp->ticket;

        if (i == 0)
            ticket->tenant = "U";
        else if (i == 1)
            ticket->device = "mfp-2";
        else if (i == 2)
            ticket->restore = 6;
        else if (i == 3)
            ticket->length++;
        else if (i == 4)
            ticket->digest = "1111111111111111111111111111111111111111111111111111111111111111";
        else if (i == 5)
            ticket->expires_ms = mfp->now_ms - 1000;
        else
            mfp->ticket_key = 5;
        assert_refused(mfp, rows[i].says);
        assert_int_equal(mfp_count(mfp, "GET bytes"), 0);
        mfp_end(mfp);
    }
}

UNIT(a_ticket_that_was_used_is_refused_when_it_comes_again)
{
    struct mfp *mfp = offered(unit->arena, "good");

    run_to_its_end(mfp);
    assert_restored(mfp);
    mfp->settings[mfp_kind("addressbook")] = "old people";
    mfp->settings[mfp_kind("network")] = "old network";
    mfp->settings[mfp_kind("users")] = NULL;
    mfp->successes = mfp->failures = 0;
    mfp->nonce = NULL;
    mfp->id = "8";
    mfp->offer = MFP_RESTORE; /* the same ticket, in another action */
    mfp->now_ms += 11 * 60000;
    assert_refused(mfp, "the ticket was used before: its counter is 1, ours is 1");
    mfp_end(mfp);
}

UNIT(a_foreign_models_settings_are_refused_whole)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);
    struct snapshot snapshot = mfp_snapshot(unit->arena, "N", "addressbook", "new people", NULL);

    mfp_offers(mfp, &snapshot, "addressbook");
    assert_refused(mfp, "the settings are of a N, this is a M");
    mfp_end(mfp);
}

UNIT(categories_beyond_the_ticket_are_refused_by_name)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);
    struct snapshot snapshot =
        mfp_snapshot(unit->arena, "M", "addressbook", "new people", "users", "ada", NULL);

    mfp_offers(mfp, &snapshot, "addressbook");
    assert_refused(mfp, "the ticket does not name \"users\"");
    mfp_offers(mfp, &snapshot, "addressbook,users,network");
    mfp->id = "8";
    mfp->now_ms += 11 * 60000;
    mfp->failures = 0;
    assert_refused(mfp, "\"network\" is not in it");
    mfp_end(mfp);
}

UNIT(what_does_not_open_is_refused_whole)
{
    for (int i = 0; i < 2; i++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = offered(arena, "good");
        struct span bent = {arena_text(arena, mfp->package), mfp->package.size};

        if (i == 0)
            bent.size -= 20;
        else
            ((char *)(uintptr_t)bent.at)[bent.size - 1] ^= 1;
        mfp_offers_sealed(mfp, bent, "addressbook,users,network");
        assert_refused(mfp, "opening the settings: age payload:");
        assert_non_null(strstr(mfp->result, "\"result\":\"skipped\""));
        mfp_end(mfp);
    }
}

UNIT(what_is_sealed_to_another_machine_does_not_open)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);
    struct snapshot snapshot = mfp_snapshot(unit->arena, "M", "addressbook", "new people", NULL);
    char other[AGE_RECIPIENT_CHARS + 1];

    age_recipient_text(age_identity_recipient(mfp->tenant_key), other);
    mfp->recipient = other;
    mfp_offers(mfp, &snapshot, "addressbook");
    assert_refused(mfp, "opening the settings: age recipient:");
    mfp_end(mfp);
}

/* As nobody's writer makes it. */
static struct span tar_with_box_contents(struct arena *arena)
{
    static const char items[] = "{\"items\":[]}";
    struct buf tar = {.arena = arena};

    tarball_file(
        &tar, SNAPSHOT_HEAD_NAME,
        span_of("{\"schema\":\"nightshift-backup-1\",\"model\":\"M\",\"family\":\"F\",\"firmware\":{},"
                "\"serial\":\"\",\"controller_id\":\"mfp-1\",\"time\":\"2026-09-02T10:00:00Z\","
                "\"categories\":[{\"name\":\"box-contents\",\"class\":\"customer\",\"items\":0,"
                "\"size\":12,\"sha256\":\"1111111111111111111111111111111111111111111111111111111111111111"
                "\"}]}"));
    tarball_file(&tar, "box-contents.json", span_of(items));
    tarball_end(&tar);
    return buf_span(&tar);
}

UNIT(box_contents_are_refused_by_name_whoever_signed_for_them)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp_offers_sealed(mfp, mfp_seal(mfp, tar_with_box_contents(unit->arena)), "addressbook");
    assert_refused(mfp, "\"box-contents\": no document data");
    mfp_end(mfp);
}

UNIT(a_machine_that_takes_no_part_refuses_a_restore_in_words)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->has_settings = false;
    mfp_restart(mfp);
    assert_refused(mfp, "takes no settings from afar");
    mfp_end(mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_restore_puts_each_category_back_the_line_last_and_backs_up_around_it),
        UNIT_TEST(a_power_cut_at_any_moment_of_a_restore_ends_in_one_that_is_whole),
        UNIT_TEST(network_settings_that_cut_the_line_are_put_back),
        UNIT_TEST(a_connection_from_before_does_not_answer_for_the_new_network),
        UNIT_TEST(a_power_cut_at_any_moment_never_leaves_a_machine_without_a_line),
        UNIT_TEST(two_power_cuts_do_no_more_harm_than_one),
        UNIT_TEST(a_clock_that_was_set_back_does_not_stretch_the_dead_mans_time),
        UNIT_TEST(a_category_that_the_machine_refuses_is_said_and_the_rest_goes_on),
        UNIT_TEST(network_settings_that_the_machine_refuses_are_put_back_and_failed),
        UNIT_TEST(a_busy_machine_is_restored_later_without_a_window),
        UNIT_TEST(a_restore_called_back_before_it_is_applied_changes_nothing),
        UNIT_TEST(a_ticket_that_is_not_for_this_machine_and_this_file_is_refused_before_a_byte_is_fetched),
        UNIT_TEST(a_ticket_that_was_used_is_refused_when_it_comes_again),
        UNIT_TEST(a_foreign_models_settings_are_refused_whole),
        UNIT_TEST(categories_beyond_the_ticket_are_refused_by_name),
        UNIT_TEST(what_does_not_open_is_refused_whole),
        UNIT_TEST(what_is_sealed_to_another_machine_does_not_open),
        UNIT_TEST(box_contents_are_refused_by_name_whoever_signed_for_them),
        UNIT_TEST(a_machine_that_takes_no_part_refuses_a_restore_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
