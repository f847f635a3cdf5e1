#include "support/mfp.h"
#include "support/unit.h"

#include "base/text.h"
#include "tools/agent/parts.h"

#define DIGEST "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER "2222222222222222222222222222222222222222222222222222222222222222"
#define GOOD                                                                                                 \
    "{\"family\":\"F\",\"hardware_ids\":[\"L\",\"M\"],\"min_from\":\"1.0\",\"minutes\":3,"                   \
    "\"module\":\"system\",\"release_counter\":4,\"version\":\"2.0\"}"

struct trial {
    struct agent_part part;
    struct tuf_target target;
};

static struct trial a_trial(const char *custom)
{
    return (struct trial){
        .part = {.component = "system",
                 .version = "2.0",
                 .file = "system.bin",
                 .url = "x",
                 .sha256 = DIGEST,
                 .target = "F/2.0/system.bin",
                 .size = 1000},
        .target = {.path = "F/2.0/system.bin", .length = 1000, .sha256 = DIGEST, .custom = span_of(custom)}};
}

/* What a machine of family F and model M says to it; NULL: it is fine. */
static const char *verdict(struct unit *unit, struct mfp *mfp, const struct trial *trial)
{
    int64_t counter = -1;

    if (agent_trust_part(mfp->agent, unit->arena, &trial->part, &trial->target, &trial->target, &counter,
                         &unit->err)) {
        assert_true(counter >= 0);
        return NULL;
    }
    assert_int_equal(counter, -1);
    return unit->err.text;
}

UNIT(what_was_signed_for_this_machine_is_trusted)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct trial good = a_trial(GOOD), bare = a_trial("{}"), none = a_trial("");

    assert_null(verdict(unit, mfp, &good));
    assert_null(verdict(unit, mfp, &bare));
    assert_null(verdict(unit, mfp, &none));
    mfp_end(mfp);
}

UNIT(each_difference_is_refused_by_name)
{
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {"\"L\",\"M\"", "\"L\"", "not made for model M"},
        {"\"module\":\"system\"", "\"module\":\"engine\"", "signed as component engine"},
        {"\"version\":\"2.0\"", "\"version\":\"2.1\"", "signed as version 2.1"},
        {"\"family\":\"F\"", "\"family\":\"G\"", "not of family F"},
        {"\"min_from\":\"1.0\"", "\"min_from\":\"1.5\"", "needs release 1.5 before it, this machine has 1.0"},
        {"\"release_counter\":4", "\"release_counter\":\"4\"", "release_counter"},
        {"\"release_counter\":4", "\"release_counter\":-4", "release_counter"},
    };
    struct mfp *mfp = mfp_new(unit->arena);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *at = strstr(GOOD, rows[i].from);
        struct trial trial = a_trial(arena_printf(unit->arena, "%.*s%s%s", (int)(at - GOOD), GOOD, rows[i].to,
                                                  at + strlen(rows[i].from)));
        const char *said = verdict(unit, mfp, &trial);

        if (!said || !strstr(said, rows[i].says))
            fail_msg("%s: %s", rows[i].to, said ? said : "trusted");
    }
    mfp_end(mfp);
}

UNIT(the_deployment_cannot_name_other_bytes_than_those_that_were_signed)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct trial size = a_trial(GOOD), digest = a_trial(GOOD), no_digest = a_trial(GOOD),
                 family = a_trial("{}");

    size.part.size = 1001;
    assert_non_null(strstr(verdict(unit, mfp, &size), "1001 bytes, the signed metadata 1000"));
    digest.part.sha256 = OTHER;
    assert_non_null(strstr(verdict(unit, mfp, &digest), "not the one that was signed"));
    no_digest.target.sha256 = NULL;
    assert_non_null(strstr(verdict(unit, mfp, &no_digest), "not the one that was signed"));
    family.part.target = "FF/2.0/system.bin";
    assert_non_null(strstr(verdict(unit, mfp, &family), "not of family F"));
    mfp_end(mfp);
}

UNIT(a_release_counter_never_goes_back)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct trial trial = a_trial(GOOD);

    mfp->agent->state.counter = 4;
    assert_null(verdict(unit, mfp, &trial));
    mfp->agent->state.counter = 5;
    assert_non_null(strstr(verdict(unit, mfp, &trial), "a step back: release counter 4, installed is 5"));
    mfp_end(mfp);
}

UNIT(the_release_that_was_installed_last_counts_as_where_it_comes_from)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct trial trial = a_trial("{\"min_from\":\"1.5\"}");

    mfp->agent->state.release = (char[]){"1.10"};
    assert_null(verdict(unit, mfp, &trial));
    mfp->agent->state.release = (char[]){"1.4"};
    assert_non_null(verdict(unit, mfp, &trial));
    mfp_end(mfp);
}

/* ---- with both repositories behind it ----------------------------------------------------- */

/* The report names the attack, and nothing was fetched, kept or flashed. */
static void assert_refused(struct mfp *mfp, const char *why)
{
    mfp_run(mfp, 400);
    assert_int_equal(mfp->failures, 1);
    assert_int_equal(mfp->flashed[0] + mfp->flashed[1], 0);
    assert_int_equal(mfp_count(mfp, "GET bytes"), 0);
    if (!mfp_said(mfp, why))
        fail_msg("\"%s\" was not said in %s", why, buf_cstr(&mfp->log));
}

struct both {
    struct mfp *mfp;
    struct repo *images, *director;
};

static struct both both_new(struct unit *unit)
{
    struct both both = {.mfp = mfp_new(unit->arena), .images = repo_new(unit->arena)};

    both.director = mfp_directs(both.mfp, both.images);
    mfp_trusts(both.mfp, both.images);
    return both;
}

UNIT(what_both_name_is_installed)
{
    struct both both = both_new(unit);

    mfp_run(both.mfp, 400);
    assert_int_equal(both.mfp->successes, 1);
    assert_int_equal(both.mfp->flashed[0] + both.mfp->flashed[1], 2);
    assert_non_null(mfp_file_get(both.mfp, "tuf/director/targets.json").at);
    mfp_end(both.mfp);
}

UNIT(a_deployment_that_the_director_does_not_know_of_installs_nothing)
{
    struct both both = both_new(unit);

    both.mfp->id = "8"; /* a stolen DDI: another action over the same files */
    assert_refused(both.mfp,
                   "refused, not-assigned: system.bin: the director does not name F/2.0/system.bin");
    mfp_end(both.mfp);
}

UNIT(another_devices_director_is_refused_before_anything_of_it_is_kept)
{
    static const char *const names[] = {"timestamp", "snapshot", "targets"};
    struct both both = both_new(unit);

    both.director->device = "mfp-2";
    repo_publish(both.director);
    assert_refused(both.mfp, "refused, wrong-device: the director: timestamp.json: made for another device");
    assert_true(mfp_said(both.mfp, "\"code\":9403"));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_null(mfp_file_get(both.mfp, arena_printf(unit->arena, "tuf/director/%s.json", names[i])).at);
    mfp_end(both.mfp);
}

UNIT(what_the_director_says_of_another_device_in_one_file_alone_is_refused)
{
    static const char *const names[] = {"timestamp.json", "2.snapshot.json", "2.targets.json"};
    static const int signer[] = {3, 4, 5};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct both both = both_new(unit);

        repo_forge(both.director, names[i], "mfp-1", "mfp-2", WHO(signer[i]));
        mfp_run(both.mfp, 400);
        assert_int_equal(both.mfp->failures, 1);
        assert_true(mfp_said(both.mfp, "refused, wrong-device") ||
                    mfp_said(both.mfp, "refused, mix-and-match"));
        assert_int_equal(mfp_count(both.mfp, "GET bytes"), 0);
        mfp_end(both.mfp);
    }
}

UNIT(a_part_that_the_deployment_leaves_out_is_missed)
{
    struct both both = both_new(unit);
    struct tuf_target third = mfp_target(both.mfp, 0, "{\"action\":\"7\",\"module\":\"fax\"}");

    third.path = "F/2.0/fax.bin";
    repo_target_as(both.director, "targets", &third);
    repo_publish(both.director);
    assert_refused(both.mfp, "refused, partial-bundle");
    mfp_end(both.mfp);
}

UNIT(what_the_director_alone_signs_is_not_installed)
{
    struct both both = both_new(unit);
    struct repo *bare = repo_new(unit->arena);

    both.mfp->repo = bare;
    assert_refused(both.mfp,
                   "refused, unknown-target: system.bin: no role of the repository names F/2.0/system.bin");
    mfp_end(both.mfp);
}

UNIT(a_director_that_goes_back_is_refused)
{
    struct both both = both_new(unit);
    struct agent *agent = both.mfp->agent;
    struct tuf_targets directed;

    assert_true(mfp_run_to(both.mfp, AGENT_VERIFYING, 100));
    MUST(agent_directed(agent, unit->arena, REPO_NOW_MS, &directed, &unit->err));
    assert_int_equal(directed.target_count, MFP_PARTS);
    repo_forge(both.director, "timestamp.json", "2,\"x-device\"", "1,\"x-device\"", WHO(3));
    REFUSES(ERR_CONFLICT, agent_directed(agent, unit->arena, REPO_NOW_MS, &directed, &unit->err));
    assert_int_equal(agent->attack, ATTACK_ROLLBACK);
    mfp_end(both.mfp);
}

UNIT(metadata_that_strangers_signed_is_refused)
{
    struct both both = both_new(unit);

    repo_forge(both.images, "timestamp.json", "\"version\":", "\"version\":", WHO(33));
    assert_refused(both.mfp, "refused, bad-signature: signed metadata: timestamp.json");
    mfp_end(both.mfp);
}

UNIT(expired_metadata_is_refused)
{
    struct both both = both_new(unit);

    both.mfp->now_ms += 10000 * REPO_DAY_MS;
    assert_refused(both.mfp, "refused, freeze: the director");
    mfp_end(both.mfp);
}

UNIT(without_a_trust_anchor_nothing_is_installed)
{
    struct both both = both_new(unit);

    for (size_t i = 0; i < both.mfp->file_count; i++)
        if (text_equal(both.mfp->files[i].name, "tuf/root.json"))
            both.mfp->files[i].name = "lost";
    mfp_restart(both.mfp); /* the enrolment brings {"r":1} */
    assert_refused(both.mfp, "root.json");
    mfp_end(both.mfp);
}

UNIT(a_repository_that_does_not_answer_is_asked_again)
{
    struct both both = both_new(unit);

    repo_forget(both.director, "timestamp.json");
    assert_true(mfp_run_to(both.mfp, AGENT_VERIFYING, 100));
    for (int i = 0; i < 50; i++)
        (void)mfp_step(both.mfp);
    assert_int_equal(agent_phase(both.mfp->agent), AGENT_VERIFYING);
    assert_int_equal(both.mfp->failures, 0);
    repo_publish(both.director);
    mfp_run(both.mfp, 400);
    assert_int_equal(both.mfp->successes, 1);
    mfp_end(both.mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_was_signed_for_this_machine_is_trusted),
        UNIT_TEST(each_difference_is_refused_by_name),
        UNIT_TEST(the_deployment_cannot_name_other_bytes_than_those_that_were_signed),
        UNIT_TEST(a_release_counter_never_goes_back),
        UNIT_TEST(the_release_that_was_installed_last_counts_as_where_it_comes_from),
        UNIT_TEST(what_both_name_is_installed),
        UNIT_TEST(a_deployment_that_the_director_does_not_know_of_installs_nothing),
        UNIT_TEST(another_devices_director_is_refused_before_anything_of_it_is_kept),
        UNIT_TEST(what_the_director_says_of_another_device_in_one_file_alone_is_refused),
        UNIT_TEST(a_part_that_the_deployment_leaves_out_is_missed),
        UNIT_TEST(what_the_director_alone_signs_is_not_installed),
        UNIT_TEST(a_director_that_goes_back_is_refused),
        UNIT_TEST(metadata_that_strangers_signed_is_refused),
        UNIT_TEST(expired_metadata_is_refused),
        UNIT_TEST(without_a_trust_anchor_nothing_is_installed),
        UNIT_TEST(a_repository_that_does_not_answer_is_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
