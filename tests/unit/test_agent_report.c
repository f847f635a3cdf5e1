/* What the agent tells of itself, signed: when, what, and that no power cut makes it look like two machines. */
#include "base/text.h"
#include "support/mfp.h"
#include "support/unit.h"

#define STEPS 400

static struct mfp *telling(struct arena *arena)
{
    struct mfp *mfp = mfp_new(arena);

    mfp->sends_reports = true;
    mfp_restart(mfp);
    return mfp;
}

static const struct reported_part *part_of(const struct mfp *mfp, const char *component)
{
    for (size_t i = 0; i < mfp->report.part_count; i++)
        if (text_equal(mfp->report.parts[i].component, component))
            return &mfp->report.parts[i];
    fail_msg("the report does not name %s", component);
    return NULL;
}

UNIT(an_install_is_told_with_its_digest_and_nothing_is_told_twice)
{
    struct mfp *mfp = telling(unit->arena);

    mfp->offer = MFP_NOTHING;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->report.counter, 1);
    assert_string_equal(part_of(mfp, "engine")->version, "1.0");
    assert_string_equal(part_of(mfp, "engine")->sha256, "");
    mfp_restart(mfp);
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->report.counter, 1); /* started with the same */

    mfp->offer = MFP_DEPLOYMENT;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->successes, 1);
    assert_int_equal(mfp->report.counter, 2);
    assert_string_equal(part_of(mfp, "engine")->version, "2.0");
    assert_true(text_is_hex(part_of(mfp, "engine")->sha256, 64));
    assert_int_equal(mfp->sequels[SEQUEL_NEXT], 2);
    assert_int_equal(mfp->sequels[SEQUEL_AGAIN], 0);
    mfp_end(mfp);
}

UNIT(a_machine_that_starts_with_other_versions_says_so)
{
    struct mfp *mfp = telling(unit->arena);

    mfp->offer = MFP_NOTHING;
    mfp_run(mfp, STEPS);
    mfp->versions[0] = mfp->versions[1] = "3.0"; /* by a technician, with a stick */
    mfp_restart(mfp);
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->report.counter, 2);
    assert_string_equal(part_of(mfp, "engine")->version, "3.0");
    assert_string_equal(part_of(mfp, "engine")->sha256, "");
    mfp_end(mfp);
}

UNIT(no_power_cut_makes_one_machine_look_like_two)
{
    int ticks = 0, cuts = 0, again = 0;

    for (bool was_cut = true; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = telling(arena);
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        mfp_run(mfp, STEPS);
        was_cut = mfp->boots > boots + 1;
        cuts += was_cut;
        again += mfp->sequels[SEQUEL_AGAIN];
        assert_int_equal(mfp->successes, 1);
        assert_string_equal(part_of(mfp, "engine")->version, "2.0");
        assert_int_equal(mfp->sequels[SEQUEL_FORK] + mfp->sequels[SEQUEL_REPLAY], 0);
        mfp_end(mfp);
    }
    assert_true(cuts > 40);
    assert_true(again > 0); /* some cuts lost an answer */
}

/* Its metadata expires, and nobody serves newer. */
UNIT(a_look_finds_a_freeze_though_nothing_is_to_be_installed)
{
    struct repo *repo = repo_new(unit->arena);
    struct mfp *mfp = telling(unit->arena);

    mfp->look_s = 6 * 3600;
    mfp_trusts(mfp, repo);
    mfp_directs(mfp, repo);
    mfp->offer = MFP_NOTHING;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->report.attack, ATTACK_NONE);
    assert_int_equal(mfp->report.image.root, 1);
    assert_true(mfp->report.image.timestamp >= 1);
    assert_true(mfp->report.director.timestamp >= 1);
    assert_true(mfp->report.key_count[REPORTED_ONLINE] == 1);

    mfp->now_ms += 400 * REPO_DAY_MS;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->report.attack, ATTACK_FREEZE);
    assert_int_equal(mfp->sequels[SEQUEL_FORK], 0);
    mfp_end(mfp);
}

/* ---- time ------------------------------------------------------------------------------------------- */

static struct mfp *looking(struct unit *unit, struct repo **repo)
{
    struct mfp *mfp = telling(unit->arena);

    *repo = repo_new(unit->arena);
    mfp->look_s = 3600;
    mfp_trusts(mfp, *repo);
    mfp_directs(mfp, *repo);
    mfp->offer = MFP_NOTHING;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->report.attack, ATTACK_NONE);
    return mfp;
}

static void looks_at(struct mfp *mfp, int64_t now_ms)
{
    mfp->now_ms = now_ms;
    mfp_restart(mfp);
    mfp->now_ms += 2 * mfp->look_s * 1000;
    mfp_run(mfp, STEPS);
}

UNIT(a_clock_that_is_set_back_does_not_bring_back_what_has_expired)
{
    struct repo *repo;
    struct mfp *mfp = looking(unit, &repo);

    looks_at(mfp, REPO_NOW_MS + 11 * REPO_DAY_MS); /* all of it lives for ten days */
    assert_int_equal(mfp->report.attack, ATTACK_FREEZE);
    looks_at(mfp, REPO_NOW_MS + REPO_DAY_MS);
    assert_int_equal(mfp->report.attack, ATTACK_FREEZE);
    mfp_end(mfp);
}

UNIT(a_clock_that_ran_years_ahead_costs_no_more_than_what_was_signed_until_then)
{
    struct repo *repo;
    struct mfp *mfp = looking(unit, &repo);

    looks_at(mfp, REPO_NOW_MS + 4000 * REPO_DAY_MS);
    assert_int_equal(mfp->report.attack, ATTACK_FREEZE);
    for (int role = 0; role < TUF_ROLE__MAX; role++)
        repo->expires_ms[role] = mfp->director->expires_ms[role] = REPO_NOW_MS + 12 * REPO_DAY_MS;
    repo_publish_root(repo);
    repo_publish_root(mfp->director);
    repo_publish(repo);
    repo_publish(mfp->director);
    looks_at(mfp, REPO_NOW_MS + 2 * REPO_DAY_MS);
    assert_int_equal(mfp->report.attack, ATTACK_NONE);
    mfp_end(mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_install_is_told_with_its_digest_and_nothing_is_told_twice),
        UNIT_TEST(a_machine_that_starts_with_other_versions_says_so),
        UNIT_TEST(no_power_cut_makes_one_machine_look_like_two),
        UNIT_TEST(a_look_finds_a_freeze_though_nothing_is_to_be_installed),
        UNIT_TEST(a_clock_that_is_set_back_does_not_bring_back_what_has_expired),
        UNIT_TEST(a_clock_that_ran_years_ahead_costs_no_more_than_what_was_signed_until_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
