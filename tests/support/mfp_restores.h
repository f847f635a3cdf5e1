/* A machine that is offered a restore, and what it is like afterwards. */
#pragma once

#include "support/mfp.h"
#include "support/unit.h"
#include "tools/agent/parts.h"

#define STEPS 600

static inline const char *set_now(const struct mfp *mfp, const char *category)
{
    return mfp->settings[mfp_kind(category)];
}

static inline struct mfp *offered(struct arena *arena, const char *network)
{
    struct mfp *mfp = mfp_with_settings(arena);
    struct snapshot snapshot =
        mfp_snapshot(arena, "M", "network", network, "addressbook", "new people", "users", "ada", NULL);

    mfp_offers(mfp, &snapshot, "addressbook,users,network");
    return mfp;
}

/* The restore is over, however: the service has heard. */
static inline void run_to_its_end(struct mfp *mfp)
{
    for (int i = 0; i < STEPS && !mfp->successes && !mfp->failures; i++)
        (void)mfp_step(mfp);
    mfp_run(mfp, STEPS);
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
}

static inline void assert_untouched(const struct mfp *mfp)
{
    assert_string_equal(set_now(mfp, "addressbook"), "old people");
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_null(set_now(mfp, "users"));
}

static inline void assert_restored(const struct mfp *mfp)
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
