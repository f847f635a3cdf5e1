#include "support/unit.h"

#include <stdio.h>

#include "base/fault.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "store/backups.h"
#include "store/stop.h"
#include "support/age.h"
#include "support/backup.h"
#include "support/ops.h"
#include "support/store.h"

#ifdef FAULTS

static void go_on(const char *what)
{
    (void)what;
}

/* ---- a device that gives up at the first refusal ------------------------------------------- */

struct story {
    struct ops *ops;
    struct backer *device;
    const char *recipients;
    struct span file;
};

static struct story story_of(struct arena *arena)
{
    struct story story = {.ops = ops_world(arena)};

    story.device = backer_make(&story.ops->s, "mfp-1");
    story.recipients = backer_recipients(story.device);
    story.file = backer_sealed(story.device, story.recipients);
    return story;
}

/* The acknowledged backup, or 0. */
static int64_t bring(struct story *story)
{
    struct answer answer =
        backer_send(story->device, story->file, backer_said(story->device, story->recipients));
    const char *id = support_header(&answer, "Nightshift-Backup");

    if (answer.status == 201 && !id)
        fail_msg("a whole upload was answered without its backup");
    return answer.status == 201 ? atoll(id) : 0;
}

/* Whatever the list names is whole, byte for byte. */
static size_t listed(struct story *story)
{
    struct ops *ops = story->ops;
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/backups", NULL), file;
    size_t count = json_count(support_at(&list, "items"));

    assert_int_equal(list.status, 200);
    assert_true(count <= 1);
    if (count) {
        file = ops_ask(ops, "technician", "GET",
                       arena_printf(ops->s.arena, "/api/v1/backups/%lld/file",
                                    (long long)support_int(&list, "items.0.id")),
                       NULL);
        assert_int_equal(file.status, 200);
        assert_int_equal(file.size, story->file.size);
        assert_memory_equal(file.text, story->file.at, file.size);
    }
    return count;
}

UNIT(wherever_it_fails_what_is_acknowledged_is_there_and_nothing_is_half)
{
    bool has_fired;
    int nth = 0;

    store_stop_hook(go_on);
    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct story story = story_of(arena);
        int64_t id;

        fault_arm(++nth);
        id = bring(&story);
        has_fired = fault_fired();
        fault_arm(0);
        if (id && listed(&story) != 1)
            fail_msg("failure %d: acknowledged and not there", nth);
        ops_reopen(story.ops);
        if (id && listed(&story) != 1)
            fail_msg("failure %d: acknowledged and not there after a restart", nth);
        listed(&story);
        if (!bring(&story))
            fail_msg("after failure %d it cannot be brought any more", nth);
        assert_int_equal(listed(&story), 1);
    } while (has_fired && nth < 1000);
    assert_in_range(nth, 8, 999);
    store_stop_hook(NULL);
}

/* ---- a move of custody ---------------------------------------------------------------------- */

static bool opens(struct story *story, const struct age_identity *by)
{
    struct answer file = ops_ask(story->ops, "technician", "GET", "/api/v1/backups/1/file", NULL);

    assert_int_equal(file.status, 200);
    return backer_opened(&story->ops->s, by, span_make(file.text, file.size)).size > 0;
}

static bool move_on(struct story *story, const char *recipient)
{
    struct ops *ops = story->ops;
    struct answer answer =
        ops_ask(ops, "admin", "POST", "/api/v1/backup-custody",
                arena_printf(ops->s.arena, "{\"custody\":\"customer\",\"recipient\":\"%s\"}", recipient));

    return answer.status == 200 && text_equal(support_text(&answer, "custody"), "customer");
}

UNIT(a_move_that_fails_anywhere_goes_on_and_somebody_can_always_open)
{
    bool has_fired;
    int nth = 0;

    store_stop_hook(go_on);
    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct story story = story_of(arena);
        struct age_identity *theirs = age_test_identity(arena);
        struct answer diff;
        char recipient[AGE_RECIPIENT_CHARS + 1];

        age_recipient_text(age_identity_recipient(theirs), recipient);
        assert_int_equal(bring(&story), 1);
        fault_arm(++nth);
        move_on(&story, recipient);
        has_fired = fault_fired();
        fault_arm(0);
        ops_reopen(story.ops);
        diff = ops_ask(story.ops, "technician", "GET", "/api/v1/backups/1/diff/1", NULL);
        if (diff.status != 200 && !opens(&story, theirs))
            fail_msg("after failure %d nobody opens the backup", nth);
        if (!move_on(&story, recipient))
            fail_msg("after failure %d the move does not go on", nth);
        MUST(backup_custody_tick(&story.ops->s.world, story.ops->s.now_ms, &unit->err));
        assert_true(opens(&story, theirs));
        diff = ops_ask(story.ops, "technician", "GET", "/api/v1/backups/1/diff/1", NULL);
        assert_int_equal(diff.status, 409);
    } while (has_fired && nth < 1000);
    assert_in_range(nth, 5, 999);
    store_stop_hook(NULL);
}

#else

UNIT(wherever_it_fails_what_is_acknowledged_is_there_and_nothing_is_half)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    skip();
}

UNIT(a_move_that_fails_anywhere_goes_on_and_somebody_can_always_open)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(wherever_it_fails_what_is_acknowledged_is_there_and_nothing_is_half),
        UNIT_TEST(a_move_that_fails_anywhere_goes_on_and_somebody_can_always_open),
    };

    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
