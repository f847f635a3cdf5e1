/* Any bytes as a settings snapshot: refused, or read whole, written again in stable bytes, equal to itself,
 * and planned onto two models without a step too far. What starts like JSON is taken for the inside of one,
 * as guessing does not get past the hashes. */
#include "signing/restore_plan.h"
#include "signing/snapshot_diff.h"
#include "signing/snapshot_parts.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static int file_of(struct span bytes)
{
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    struct err err;

    must(fd >= 0 && file_write_all(fd, bytes, &err));
    return fd;
}

static struct snapshot again_of(struct arena *arena, const struct snapshot *snapshot)
{
    AUTO(fd_closep) int fd = file_of(span_make("", 0));
    struct snapshot written, again = {0};
    struct snapshot_diff diff;
    struct err err;

    must(snapshot_write(arena, snapshot, fd, &written, &err));
    must(snapshot_read(arena, fd, &again, &err) && text_equal(written.digest, again.digest));
    snapshot_diff(arena, snapshot, &again, &diff);
    must(diff.count == 0);
    return again;
}

static void plan_for(struct arena *arena, const struct snapshot *snapshot, const char *model)
{
    struct capability target;
    struct restore_request request = {.snapshot = snapshot, .target = &target, .target_id = "mfp-2"};
    struct restore_plan plan;
    struct snapshot made;
    struct err err;
    size_t all = 0, planned = 0;

    must(capability_built_in(arena, model, &target, &err));
    must(restore_choose(snapshot, NULL, &request, &err));
    if (!restore_plan(arena, &request, &plan, &err))
        return;
    for (size_t i = 0; i < snapshot->category_count; i++)
        all += snapshot->categories[i].item_count;
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++)
        planned += plan.counts[i];
    must(all == planned && restore_plan_text(arena, &plan, 20).size > 0);
    if (!restore_snapshot(arena, &plan, &made, &err))
        return;
    (void)again_of(arena, &made);
}

static void plan_all(struct arena *arena, const struct snapshot *snapshot)
{
    struct snapshot again = again_of(arena, snapshot);

    plan_for(arena, &again, "MFP-5210");
    plan_for(arena, &again, "demo-300");
}

/* The same items as those of two categories that point at each other. */
static void run_inside(struct arena *arena, struct span bytes)
{
    struct snapshot_category categories[] = {{.kind = snapshot_kind_find("addressbook")},
                                             {.kind = snapshot_kind_find("templates")}};
    struct snapshot snapshot = {.model = "MFP-3145",
                                .family = "mfp-3100",
                                .serial = "SN-1",
                                .controller_id = "mfp-1",
                                .categories = categories,
                                .category_count = COUNT(categories)},
                    head;
    struct err err;

    (void)!snapshot_head_read(arena, bytes, &head, &err);
    for (size_t i = 0; i < COUNT(categories); i++)
        if (!snapshot_items_read(arena, bytes, &categories[i], &err))
            return;
    plan_all(arena, &snapshot);
}

static void run_archive(struct arena *arena, struct span bytes)
{
    AUTO(fd_closep) int fd = file_of(bytes);
    struct snapshot snapshot;
    struct err err;

    if (snapshot_read(arena, fd, &snapshot, &err))
        plan_all(arena, &snapshot);
    else
        must(err.code != ERR_NONE && !text_blank(err.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct span bytes = span_make(data, size);

    if (size > 0 && data[0] == '{')
        run_inside(arena, bytes);
    else
        run_archive(arena, bytes);
    return 0;
}
