/* Restores that the agent refuses, and what it says. */
#include "support/mfp_restores.h"
#include "support/tarball.h"
#include "support/unit.h"

#include "base/text.h"

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
