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

    if (agent_trust_part(mfp->agent, unit->arena, &trial->part, &trial->target, &counter, &unit->err)) {
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

/* ---- with a repository behind it --------------------------------------------------------- */

static void assert_refused(struct mfp *mfp, const char *why)
{
    mfp_run(mfp, 400);
    assert_int_equal(mfp->failures, 1);
    assert_int_equal(mfp->flashed[0] + mfp->flashed[1], 0);
    assert_int_equal(mfp_count(mfp, "GET bytes"), 0);
    if (!mfp_said(mfp, why))
        fail_msg("\"%s\" was not said in %s", why, buf_cstr(&mfp->log));
}

UNIT(what_no_role_names_is_refused)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp_trusts(mfp, repo_new(unit->arena));
    assert_refused(mfp, "F/2.0/system.bin");
    mfp_end(mfp);
}

UNIT(what_is_named_with_another_digest_is_refused)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct repo *repo = repo_new(unit->arena);

    repo_target(repo, "targets", "F/2.0/system.bin");
    repo_publish(repo);
    mfp_trusts(mfp, repo);
    assert_refused(mfp, "system.bin: the deployment ");
    mfp_end(mfp);
}

UNIT(metadata_that_strangers_signed_is_refused)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct repo *repo = repo_new(unit->arena);

    repo_forge(repo, "timestamp.json", "\"version\":", "\"version\":", WHO(33));
    mfp_trusts(mfp, repo);
    assert_refused(mfp, "timestamp.json");
    mfp_end(mfp);
}

UNIT(expired_metadata_is_refused)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp_trusts(mfp, repo_new(unit->arena));
    mfp->now_ms += 10000 * REPO_DAY_MS;
    assert_refused(mfp, "expired");
    mfp_end(mfp);
}

UNIT(without_a_trust_anchor_nothing_is_installed)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->repo = repo_new(unit->arena);
    mfp->now_ms = REPO_NOW_MS;
    mfp_restart(mfp); /* the enrolment brings {"r":1} */
    assert_refused(mfp, "root.json");
    mfp_end(mfp);
}

UNIT(a_repository_that_does_not_answer_is_asked_again)
{
    struct mfp *mfp = mfp_new(unit->arena);
    struct repo *repo = repo_new(unit->arena);

    repo_forget(repo, "timestamp.json");
    mfp_trusts(mfp, repo);
    assert_true(mfp_run_to(mfp, AGENT_VERIFYING, 100));
    for (int i = 0; i < 50; i++)
        (void)mfp_step(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_VERIFYING);
    assert_int_equal(mfp->failures, 0);
    repo_publish(repo);
    assert_refused(mfp, "F/2.0/system.bin");
    mfp_end(mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_was_signed_for_this_machine_is_trusted),
        UNIT_TEST(each_difference_is_refused_by_name),
        UNIT_TEST(the_deployment_cannot_name_other_bytes_than_those_that_were_signed),
        UNIT_TEST(a_release_counter_never_goes_back),
        UNIT_TEST(the_release_that_was_installed_last_counts_as_where_it_comes_from),
        UNIT_TEST(what_no_role_names_is_refused),
        UNIT_TEST(what_is_named_with_another_digest_is_refused),
        UNIT_TEST(metadata_that_strangers_signed_is_refused),
        UNIT_TEST(expired_metadata_is_refused),
        UNIT_TEST(without_a_trust_anchor_nothing_is_installed),
        UNIT_TEST(a_repository_that_does_not_answer_is_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
