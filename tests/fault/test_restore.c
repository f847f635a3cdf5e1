#include "support/restores.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/text.h"
#include "domain/restore.h"
#include "store/stop.h"
#include "support/ddi.h"
#include "support/store.h"

#ifdef FAULTS

/* Where the service stops, as it does when a disk may have lost what it was told to keep, a blob may stay
 * that no row names; the check finds it. */
static bool has_stopped;

static void go_on(const char *what)
{
    (void)what;
    has_stopped = true;
}

/* ---- the story, told by people and a device that give up at the first refusal ----------------- */

static bool start(struct restores *r, int64_t id)
{
    struct answer a = restores_get(r, id);

    if (a.status != 200)
        return false;
    if (!text_equal(support_text(&a, "state"), "planned"))
        return true;
    return restores_ask(r, "technician", id, "/start",
                        arena_printf(r->unit->arena, "{\"digest\":\"%s\"}", support_text(&a, "digest")))
               .status == 200;
}

static bool apply(struct restores *r, int64_t id)
{
    static const struct restores_word fine[] = {{"network", "applied"}, {NULL, NULL}};
    struct answer a;

    if (restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status != 200 ||
        restores_file(r, "mfp-2", id, RESTORES_NONCE).status != 200 ||
        restores_tell(r, "mfp-2", id, fine).status != 204)
        return false;
    a = restores_get(r, id);
    return a.status == 200 &&
           ddi_say(r->s, "mfp-2", support_int(&a, "action"), "closed", "success", NULL).status == 200;
}

static bool bring_back(struct restores *r, int64_t id)
{
    return text_equal(restores_state(r, id), "done") || (start(r, id) && apply(r, id));
}

/* ---- what holds at any time ------------------------------------------------------------------- */

static bool count_blob(void *ctx, const char *id, int64_t size, struct err *err)
{
    (void)id, (void)size, (void)err;
    (*(int *)ctx)++;
    return true;
}

static int blobs_of(struct restores *r)
{
    struct err err = {0};
    int count = 0;

    if (!blob_each(r->s->world.blobs, count_blob, &count, &err))
        fail_msg("%s", err.text);
    return count;
}

static void row_action_and_bytes_agree(struct restores *r, int64_t id, int blobs)
{
    struct err err = {0};
    struct restore_view view;
    enum action_state state;

    if (!restore_get(&r->s->world, r->unit->arena, r->s->tenant_id, id, &view, &err))
        fail_msg("%s", err.text);
    if (view.restore.state == RESTORE_PLANNED) {
        assert_int_equal(view.restore.action_id, 0);
        assert_int_equal(view.restore.header.size, 0);
        assert_string_equal(view.restore.payload, "");
        assert_true(has_stopped || blobs_of(r) == blobs);
        return;
    }
    state = ddi_state(r->s, view.restore.action_id);
    if (view.restore.state == RESTORE_DONE) {
        assert_int_equal(state, ACTION_HEALTHY);
        assert_int_equal(view.restore.header.size, 0);
        return;
    }
    assert_true(view.restore.state == RESTORE_STARTED || view.restore.state == RESTORE_REDEEMED);
    assert_false(action_is_closed(state));
    assert_true(view.restore.header.size > 0);
    assert_true(blob_exists(r->s->world.blobs, view.restore.payload));
}

static int64_t planned(struct restores *r)
{
    struct answer a = restores_plan(r, restores_small(r), "mfp-2", ",\"categories\":\"network\"");

    assert_int_equal(a.status, 201);
    return support_int(&a, "id");
}

UNIT(wherever_it_fails_nothing_is_half_done_and_going_on_ends_well)
{
    bool has_fired;
    int nth = 0;

    store_stop_hook(go_on);
    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct unit one = {.arena = arena};
        struct restores *r = restores_world(&one, BACKUP_CUSTODY_SERVICE);
        int64_t id = planned(r);
        int blobs = blobs_of(r);

        has_stopped = false;
        fault_arm(++nth);
        bring_back(r, id);
        has_fired = fault_fired();
        fault_arm(0);
        row_action_and_bytes_agree(r, id, blobs);
        ops_reopen(r->ops);
        row_action_and_bytes_agree(r, id, blobs);
        if (!bring_back(r, id))
            fail_msg("after failure %d it cannot be brought back any more: it is %s", nth,
                     restores_state(r, id));
        assert_string_equal(restores_state(r, id), "done");
        row_action_and_bytes_agree(r, id, blobs);
    } while (has_fired && nth < 1000);
    assert_in_range(nth, 10, 999);
    store_stop_hook(NULL);
}

#else

UNIT(wherever_it_fails_nothing_is_half_done_and_going_on_ends_well)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(wherever_it_fails_nothing_is_half_done_and_going_on_ends_well),
    };

    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
