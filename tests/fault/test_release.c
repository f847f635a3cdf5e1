#include "support/unit.h"

#include <stdio.h>

#include "base/fault.h"
#include "base/text.h"
#include "store/stop.h"
#include "support/ops.h"
#include "support/store.h"

#ifdef FAULTS

static void go_on(const char *what)
{
    (void)what;
}

/* ---- the story, told by a client that gives up at the first refusal -------------------------- */

static const char *upload(struct ops *ops, struct span bytes)
{
    const char *headers = arena_printf(
        ops->s.arena,
        "Authorization: Bearer token-engineer\nTus-Resumable: 1.0.0\nUpload-Length: %zu\nContent-Length: "
        "%zu\nContent-Type: application/offset+octet-stream",
        bytes.size, bytes.size);
    struct answer answer = support_ask_bytes(&ops->s, "POST", "/api/v1/uploads", headers, bytes);

    return answer.status == 201 ? strrchr(support_header(&answer, "Location"), '/') + 1 : NULL;
}

static bool release(struct ops *ops, struct span bytes, int64_t *id, bool *is_published)
{
    const char *name = upload(ops, bytes);
    struct answer answer;

    if (!name)
        return false;
    answer = ops_ask(ops, "engineer", "POST", "/api/v1/releases",
                     arena_printf(ops->s.arena, "{\"upload\":\"%s\"}", name));
    if (answer.status != 200 && answer.status != 201)
        return false;
    *id = support_int(&answer, "id");
    *is_published = text_equal(support_text(&answer, "state"), "published");
    return true;
}

static bool ship(struct ops *ops)
{
    struct ops_package package = {.version = "4.2.0", .counter = 1};
    bool is_published;
    int64_t id;

    if (!release(ops, ops_package(ops, &package), &id, &is_published))
        return false;
    return is_published || (ops_sign(ops, id, 0).status == 200 && ops_sign(ops, id, 1).status == 200 &&
                            ops_publish(ops, id).status == 200);
}

/* ---- what holds at any time ------------------------------------------------------------------- */

static bool is_offered(struct unit *unit, struct ops *ops)
{
    struct tuf_target target;
    bool is_there = ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err);

    if (!is_there && unit->err.code != ERR_NOT_FOUND)
        fail_msg("the repository is damaged: %s", unit->err.text);
    if (is_there)
        MUST(blob_verify(ops->s.world.blobs, target.sha256, &unit->err));
    return is_there;
}

static const char *state_of(struct ops *ops)
{
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/releases", NULL);

    assert_int_equal(list.status, 200);
    assert_true(json_count(support_at(&list, "items")) <= 1);
    return json_count(support_at(&list, "items")) ? support_text(&list, "items.0.state") : "none";
}

static void release_and_metadata_agree(struct unit *unit, struct ops *ops)
{
    assert_int_equal(is_offered(unit, ops), text_equal(state_of(ops), "published"));
}

UNIT(wherever_it_fails_release_and_metadata_agree_and_asking_again_ships)
{
    bool has_fired;
    int nth = 0;

    store_stop_hook(go_on);
    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct ops *ops = ops_world(arena);
        bool is_shipped;

        fault_arm(++nth);
        is_shipped = ship(ops);
        has_fired = fault_fired();
        fault_arm(0);
        release_and_metadata_agree(unit, ops);
        if (is_shipped)
            assert_true(is_offered(unit, ops));
        ops_reopen(ops);
        release_and_metadata_agree(unit, ops);
        if (!ship(ops))
            fail_msg("after failure %d it cannot be shipped any more", nth);
        assert_true(is_offered(unit, ops));
    } while (has_fired && nth < 1000);
    assert_in_range(nth, 20, 999);
    store_stop_hook(NULL);
}

#else

UNIT(wherever_it_fails_release_and_metadata_agree_and_asking_again_ships)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(wherever_it_fails_release_and_metadata_agree_and_asking_again_ships),
    };

    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
