#include "domain/restore_parts.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_parts.h"
#include "domain/bell.h"
#include "domain/upload.h"
#include "signing/age_header.h"
#include "store/actions.h"
#include "store/restores.h"
#include "store/uploads.h"

/* ---- may it start? -------------------------------------------------------------------------------- */

static bool is_agreed(const struct restore_view *view, const struct restore_launch *launch, int64_t now_ms,
                      struct err *err)
{
    const struct restore *r = &view->restore;

    if (r->state != RESTORE_PLANNED)
        return FAIL(err, ERR_CONFLICT, "restore %lld is %s", (long long)r->id, restore_state_name[r->state]);
    if (r->expires_ms <= now_ms)
        return FAIL(err, ERR_CONFLICT, "this plan is too old; plan anew");
    if (!text_equal(launch->digest, r->digest))
        return FAIL(err, ERR_CONFLICT, "the plan of restore %lld is %.16s, not %.16s", (long long)r->id,
                    r->digest, launch->digest);
    if (text_blank(r->categories))
        return FAIL(err, ERR_CONFLICT, "nothing of what is chosen can move to %s", view->facts.target_id);
    if (view->facts.needs_approval &&
        (text_blank(r->approved_by) || text_equal(r->approved_by, r->created_by)))
        return FAIL(err, ERR_CONFLICT, "it waits for the approval of another person than %s", r->created_by);
    if (view->facts.needs_consent && text_blank(r->consent_by))
        return FAIL(err, ERR_CONFLICT, "it waits for the customer's consent");
    return true;
}

/* What was agreed to is what would happen. */
static bool still_holds(struct world *world, struct arena *arena, const struct restore_view *view,
                        struct restore_scene *scene, struct err *err)
{
    if (!restore_scene_load(world, arena, &view->restore, scene, err) ||
        !restore_facts_hold(arena, &view->facts, &scene->facts, err))
        return false;
    return scene->target.state == DEVICE_ACTIVE ||
           FAIL(err, ERR_CONFLICT, "%s is %s", scene->target.controller_id,
                device_state_name[scene->target.state]);
}

static bool is_alone(struct world *world, const struct restore_view *view, struct err *err)
{
    int64_t others;

    return store_restore_open_of(world->store, view->restore.device_id, &others, err) &&
           (others == 0 ||
            FAIL(err, ERR_CONFLICT, "another restore of %s is under way", view->facts.target_id));
}

/* ---- starting ---------------------------------------------------------------------------------------- */

static bool action_put(struct world *world, const struct restore *restore, int64_t now_ms, int64_t *id,
                       struct err *err)
{
    const struct action action = {.tenant_id = restore->tenant_id,
                                  .device_id = restore->device_id,
                                  .restore_id = restore->id,
                                  .state = ACTION_OFFERED,
                                  .kind = ACTION_FORCED,
                                  .weight = 1000,
                                  .modules = "",
                                  .created_ms = now_ms};

    return store_action_put(world->store, &action, id, err);
}

/* Inside a tx: the row, the action that brings it, and the end of the upload it was made from. */
static bool start(struct world *world, struct restore *restore, const struct restore_package *package,
                  int64_t now_ms, struct err *err)
{
    char digest[65];
    bool moved;

    if (!age_digest(package->header, package->payload, digest, err) ||
        !store_restore_counter(world->store, restore->device_id, &restore->counter, err) ||
        !action_put(world, restore, now_ms, &restore->action_id, err))
        return false;
    restore->counter++;
    restore->header = package->header;
    restore->payload = package->payload;
    restore->size = (int64_t)package->header.size + package->payload_size;
    restore->sha256 = digest;
    restore->started_ms = now_ms;
    restore->expires_ms = now_ms + RESTORE_LIFE_MS;
    return store_restore_start(world->store, restore, &moved, err) &&
           restore_moved(moved, restore->id, "started", err) &&
           (!package->upload || store_upload_drop(world->store, package->upload, err));
}

static bool start_in_tx(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                        const struct restore_launch *launch, const struct restore_package *package,
                        int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct restore_scene *scene = ARENA_NEW(arena, struct restore_scene);
    struct restore_view view;

    return tx_begin(&tx, world->store, err) && restore_get(world, arena, who->tenant_id, id, &view, err) &&
           is_agreed(&view, launch, now_ms, err) && still_holds(world, arena, &view, scene, err) &&
           is_alone(world, &view, err) && start(world, &view.restore, package, now_ms, err) &&
           audit_note(world, who, "restore.start", arena_printf(arena, "%lld", (long long)id),
                      arena_printf(arena, "plan %s, action %lld", view.restore.digest,
                                   (long long)view.restore.action_id),
                      now_ms, err) &&
           tx_commit(&tx, err);
}

static bool package_get(struct world *world, struct arena *arena, const struct who *who,
                        const struct restore_view *view, const struct restore_scene *scene,
                        const struct restore_launch *launch, int64_t now_ms, struct restore_package *out,
                        struct err *err)
{
    if (text_equal(view->facts.custody, backup_custody_name[BACKUP_CUSTODY_CUSTOMER]))
        return restore_package_take(world, arena, who, &view->restore, scene, launch, now_ms, out, err);
    if (launch->header.size || launch->upload)
        return FAIL(err, ERR_INVALID, "the service opens this backup itself: start it with the digest alone");
    return restore_package_make(world, arena, &view->restore, scene, out, err);
}

/* A blob that no row came to need: best effort, the reason is told elsewhere. */
static void package_drop(struct world *world, const struct restore_package *package)
{
    struct err ignored;

    if (package->is_own && !backup_payload_release(world, package->payload, &ignored))
        return;
}

bool restore_start(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   const struct restore_launch *launch, int64_t now_ms, struct restore_view *out,
                   struct err *err)
{
    struct restore_scene *scene = ARENA_NEW(arena, struct restore_scene);
    struct restore_package package = {0};
    struct restore_view view;

    if (!restore_get(world, arena, who->tenant_id, id, &view, err) ||
        !is_agreed(&view, launch, now_ms, err) || !still_holds(world, arena, &view, scene, err) ||
        !is_alone(world, &view, err) ||
        !package_get(world, arena, who, &view, scene, launch, now_ms, &package, err))
        return false;
    if (!start_in_tx(world, arena, who, id, launch, &package, now_ms, err)) {
        package_drop(world, &package);
        return false;
    }
    if (package.upload)
        upload_unlink(world, arena, package.upload);
    bell_ring_device(world->bell, view.restore.device_id);
    return restore_get(world, arena, who->tenant_id, id, out, err);
}
