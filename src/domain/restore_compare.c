#include "domain/restore_parts.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "domain/restore_end.h"
#include "signing/snapshot_diff.h"
#include "store/backups.h"

/* As it was planned: the target may have been given another model or name since. */
static void as_planned(struct restore_scene *scene, const struct restore_facts *then)
{
    scene->facts.is_same_chassis = then->is_same_chassis;
    scene->facts.target_id = then->target_id;
    scene->facts.target_serial = then->target_serial;
}

static bool was_applied(const struct json *results, const char *name)
{
    for (size_t i = 0; i < json_count(results); i++)
        if (text_equal(json_string(json_member(json_item(results, i), "name")), name))
            return text_equal(json_string(json_member(json_item(results, i), "result")),
                              restore_result_name[RESULT_APPLIED]);
    return false;
}

/* Settings only, in the categories that the device says it applied. */
static struct snapshot only_applied(struct arena *secret, const struct snapshot *of,
                                    const struct snapshot *like, const struct json *results)
{
    struct snapshot_category *kept = ARENA_MANY(secret, struct snapshot_category, of->category_count + 1);
    struct snapshot only = *like;

    only.component_count = 0;
    only.categories = kept;
    only.category_count = 0;
    for (size_t i = 0; i < of->category_count; i++)
        if (was_applied(results, of->categories[i].kind->name))
            kept[only.category_count++] = of->categories[i];
    return only;
}

static bool after_find(struct world *world, struct arena *arena, const struct restore *restore,
                       struct backup *out, struct err *err)
{
    bool found;

    if (restore->state != RESTORE_DONE && restore->state != RESTORE_FAILED)
        return FAIL(err, ERR_CONFLICT, "restore %lld is %s", (long long)restore->id,
                    restore_state_name[restore->state]);
    if (!store_backup_find_after(world->store, arena, restore->device_id, restore->id, out, &found, err))
        return false;
    return found || FAIL(err, ERR_CONFLICT, "no backup came after restore %lld yet", (long long)restore->id);
}

static void tell(struct arena *arena, const struct snapshot_diff *diff, struct restore_comparison *out)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    snapshot_diff_json(diff, &j, NULL);
    out->diff = buf_span(&b);
    out->text = snapshot_diff_text(arena, diff);
    out->is_same = diff->count == 0;
}

bool restore_compare(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                     struct restore_comparison *out, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = arena_new_secret();
    struct restore_opened *opened = ARENA_NEW(secret, struct restore_opened);
    struct restore_scene *scene = ARENA_NEW(arena, struct restore_scene);
    struct snapshot sent, before, after;
    struct restore_view view;
    struct backup backup;
    const struct json *results = NULL;
    struct snapshot_diff diff;

    if (!restore_get(world, arena, tenant_id, id, &view, err) ||
        !after_find(world, arena, &view.restore, &backup, err) ||
        !restore_scene_load(world, arena, &view.restore, scene, err) ||
        (!text_blank(view.restore.results) &&
         !json_parse(arena, span_of(view.restore.results), &results, err)))
        return false;
    as_planned(scene, &view.facts);
    if (!restore_open(world, secret, scene, opened, err) ||
        !restore_snapshot(secret, &opened->plan, &sent, err) ||
        !backup_unseal(world, secret, &backup, &after, err))
        return false;
    before = only_applied(secret, &sent, &sent, results);
    after = only_applied(secret, &after, &sent, results);
    snapshot_diff(secret, &before, &after, &diff);
    *out = (struct restore_comparison){.restore = id, .backup_after = backup.id};
    tell(arena, &diff, out);
    return true;
}
