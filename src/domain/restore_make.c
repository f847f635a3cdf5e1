#include "domain/restore_parts.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_custody.h"
#include "store/devices.h"
#include "store/restores.h"

#define ITEMS_TOLD 20 /* of each category, one by one, in the plan's text */

/* ---- opening and planning --------------------------------------------------------------------- */

bool restore_open(struct world *world, struct arena *secret, const struct restore_scene *scene,
                  struct restore_opened *out, struct err *err)
{
    const struct restore_facts *facts = &scene->facts;
    struct restore_request request = {.snapshot = &out->snapshot,
                                      .source = scene->has_source_model ? &scene->source_model : NULL,
                                      .target = &scene->target_model,
                                      .target_id = facts->target_id,
                                      .target_serial = facts->target_serial,
                                      .is_same_chassis = facts->is_same_chassis,
                                      .may_move_adjustments = facts->move_adjustments};

    if (!scene->has_target_model)
        return FAIL(err, ERR_CONFLICT, "nobody described the model \"%s\": put %s/models/MODEL.json there",
                    facts->target_model, store_dir(world->store));
    return backup_unseal(world, secret, &scene->backup, &out->snapshot, err) &&
           restore_choose(&out->snapshot, facts->wish, &request, err) &&
           restore_plan(secret, &request, &out->plan, err);
}

static const char *counts_text(struct arena *arena, const struct restore_plan *plan)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    for (int i = 0; i < RESTORE_OUTCOME__MAX; i++)
        json_int(&j, restore_outcome_word[i], (int64_t)plan->counts[i]);
    json_close(&j);
    return buf_cstr(&b);
}

/* What the package will hold; "" when nothing can move. */
static const char *moving(struct arena *arena, const struct restore_plan *plan)
{
    struct buf names = {.arena = arena};

    for (size_t i = 0; i < plan->category_count; i++) {
        const struct restore_category *category = &plan->categories[i];

        if (category->counts[RESTORE_CANNOT_MOVE] < category->item_count)
            buf_printf(&names, "%s%s", names.size ? "," : "", category->kind->name);
    }
    return buf_cstr(&names);
}

/* What is kept of the plan names items and holds no value. */
static bool plan_fill(struct world *world, struct arena *arena, const struct restore_scene *scene,
                      struct restore *restore, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = arena_new_secret();
    struct restore_opened *opened = ARENA_NEW(secret, struct restore_opened);
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    if (!restore_open(world, secret, scene, opened, err))
        return false;
    restore_plan_json(&opened->plan, &j, NULL);
    restore->state = RESTORE_PLANNED;
    restore->digest = arena_dup(arena, opened->plan.digest);
    restore->categories = moving(arena, &opened->plan);
    restore->counts = counts_text(arena, &opened->plan);
    restore->is_whole = opened->plan.is_whole;
    restore->plan = buf_cstr(&b);
    restore->text = arena_text(arena, restore_plan_text(secret, &opened->plan, ITEMS_TOLD));
    return true;
}

/* ---- making ------------------------------------------------------------------------------------- */

static bool target_check(const struct restore_scene *scene, struct err *err)
{
    const struct device *target = &scene->target;

    if (target->state != DEVICE_ACTIVE)
        return FAIL(err, ERR_CONFLICT, "%s is %s", target->controller_id, device_state_name[target->state]);
    if (text_blank(scene->facts.recipient))
        return FAIL(err, ERR_CONFLICT,
                    "%s has told no recipient of its own yet: nothing can be sealed for it",
                    target->controller_id);
    if (text_blank(scene->facts.target_model))
        return FAIL(err, ERR_CONFLICT, "%s has no model: nightshift device patch --model",
                    target->controller_id);
    return true;
}

/* An address book of one customer is no business of another's. Who has none named is asked by nobody. */
static bool customers_agree(const struct restore_facts *facts, struct err *err)
{
    return text_blank(facts->source_customer) || text_blank(facts->target_customer) ||
           text_equal(facts->source_customer, facts->target_customer) ||
           FAIL(err, ERR_CONFLICT, "the backup is of customer %s, %s stands at %s", facts->source_customer,
                facts->target_id, facts->target_customer);
}

static bool scene_check(const struct restore_scene *scene, struct err *err)
{
    if (scene->facts.is_gone)
        return FAIL(err, ERR_GONE, "backup %lld was dropped: %s", (long long)scene->backup.id,
                    scene->backup.gone_why);
    if (text_blank(scene->facts.custody))
        return FAIL(err, ERR_CONFLICT, "this tenant takes no backups: nightshift backup custody");
    return target_check(scene, err) && customers_agree(&scene->facts, err);
}

static bool draft(struct world *world, struct arena *arena, const struct who *who,
                  const struct restore_wish *wish, int64_t now_ms, struct restore_scene *scene,
                  struct restore *restore, struct err *err)
{
    struct device device;

    *restore = (struct restore){.tenant_id = who->tenant_id,
                                .backup_id = wish->backup,
                                .state = RESTORE_NEEDS_PLAN,
                                .wish = wish->categories,
                                .moves_adjustments = wish->move_adjustments,
                                .digest = "",
                                .categories = "",
                                .counts = "",
                                .plan = "",
                                .text = "",
                                .created_by = who->name,
                                .created_ms = now_ms,
                                .expires_ms = now_ms + RESTORE_PLAN_LIFE_MS};
    if (!store_device_get(world->store, arena, who->tenant_id, wish->device, &device, err))
        return false;
    restore->device_id = device.id;
    return restore_scene_load(world, arena, restore, scene, err) && scene_check(scene, err) &&
           restore_categories(arena, wish->categories, &scene->backup, &restore->wish, err) &&
           (scene->facts.wish = restore->wish, true) &&
           restore_facts_text(arena, &scene->facts, &restore->facts, err);
}

static bool keep(struct world *world, const struct who *who, const struct restore_facts *facts,
                 struct arena *arena, struct restore *restore, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *detail = arena_printf(arena, "backup %lld of %s to %s", (long long)facts->backup,
                                      facts->source_device, facts->target_id);

    return tx_begin(&tx, world->store, err) && store_restore_put(world->store, restore, &restore->id, err) &&
           audit_note(world, who, "restore.plan", arena_printf(arena, "%lld", (long long)restore->id), detail,
                      now_ms, err) &&
           tx_commit(&tx, err);
}

bool restore_make(struct world *world, struct arena *arena, const struct who *who,
                  const struct restore_wish *wish, int64_t now_ms, struct restore_view *out, struct err *err)
{
    struct restore_scene *scene = ARENA_NEW(arena, struct restore_scene);
    struct restore restore;

    if (!draft(world, arena, who, wish, now_ms, scene, &restore, err))
        return false;
    if (text_equal(scene->facts.custody, backup_custody_name[BACKUP_CUSTODY_SERVICE]) &&
        !plan_fill(world, arena, scene, &restore, err))
        return false;
    return keep(world, who, &scene->facts, arena, &restore, now_ms, err) &&
           restore_get(world, arena, who->tenant_id, restore.id, out, err);
}
