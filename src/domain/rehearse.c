#include "domain/rehearse.h"

#include <stdlib.h>

#include "base/text.h"
#include "domain/rehearsal_read.h"
#include "domain/terms.h"
#include "store/devices.h"
#include "store/rehearsals.h"
#include "store/releases.h"
#include "store/rollouts.h"
#include "store/tenants.h"

#define HOUR_MS 3600000LL
#define ROLLOUTS_MEASURED 20  /* of the family, the newest */
#define INSTALLS_MEASURED 500 /* of each */
#define FAIL_SHARE_ASSUMED 0.01
#define MINUTES_ASSUMED 30 /* where the manifest says nothing */

/* ---- what was measured ------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool took(struct world *world, struct arena *arena, const struct rehearsal_view *v, int64_t **out,
                 size_t *count, struct err *err)
{
    int64_t *rollouts, *all = ARENA_MANY(arena, int64_t, ROLLOUTS_MEASURED * INSTALLS_MEASURED);
    size_t rollout_count, n = 0;

    if (!store_family_rollouts(world->store, arena, v->rollout.tenant_id, v->family, ROLLOUTS_MEASURED,
                               &rollouts, &rollout_count, err))
        return false;
    for (size_t i = 0; i < rollout_count; i++) {
        int64_t *some;
        size_t some_count;

        if (!store_took_list(world->store, arena, rollouts[i], INSTALLS_MEASURED, &some, &some_count, err))
            return false;
        for (size_t k = 0; k < some_count; k++)
            if (some[k] > 0)
                all[n++] = some[k];
    }
    qsort(all, n, sizeof(*all), by_value);
    *out = all;
    *count = n;
    return true;
}

static bool measure(struct world *world, struct arena *arena, const struct release *release,
                    struct rehearsal_view *v, struct rehearsal_facts *f, struct err *err)
{
    int64_t ends[ACTION_STATE__MAX], *all, failed, ended;
    size_t count;

    if (!took(world, arena, v, &all, &count, err) ||
        !store_ends_count(world->store, v->rollout.tenant_id, v->family, v->rollout.id, ends, err))
        return false;
    v->took_measured = (int64_t)count;
    if (count == 0)
        all[count++] = (release->minutes ? release->minutes : MINUTES_ASSUMED) * 60000;
    v->took_ms = all[count / 2];
    v->need_ms = f->need_ms = all[count * 9 / 10];
    f->took_ms = all;
    f->took_count = count;
    failed = ends[ACTION_FAILED] + ends[ACTION_SILENT];
    ended = failed + ends[ACTION_HEALTHY];
    v->fails_measured = ended;
    v->fail_share = f->fail_share = ended ? (double)failed / (double)ended : FAIL_SHARE_ASSUMED;
    return true;
}

/* ---- what was asked ------------------------------------------------------------------------------ */

static void complete(const struct rehearsal_ask *ask, const struct rollout *r,
                     const struct rollout_terms *terms, int64_t now_ms, struct rehearsal_ask *out)
{
    int64_t from_ms = ask->from_ms ? ask->from_ms : (now_ms + HOUR_MS - 1) / HOUR_MS * HOUR_MS;

    from_ms = !r->started_ms && terms->starts_ms > from_ms ? terms->starts_ms : from_ms;
    *out = *ask;
    out->from_ms = (from_ms + REHEARSAL_SLOT_MS - 1) / REHEARSAL_SLOT_MS * REHEARSAL_SLOT_MS;
    if (ask->bad_share < 0)
        out->bad_share = r->fail_percent > 0 && r->fail_percent < 100 ? (double)r->fail_percent / 100 : 0.1;
}

static bool may_rehearse(const struct rollout *r, struct err *err)
{
    return r->state == ROLLOUT_DRAFT || r->state == ROLLOUT_PLANNING || r->state == ROLLOUT_RUNNING ||
           FAIL(err, ERR_CONFLICT, "the rollout is %s: only a draft or a running one can be rehearsed",
                rollout_state_name[r->state]);
}

/* ---- names ------------------------------------------------------------------------------------------- */

static const char *name_of(struct world *world, struct arena *arena, int64_t id)
{
    struct device device;
    struct err err = {0};

    return store_device_by_id(world->store, arena, id, &device, &err) ? device.controller_id : "?";
}

static int by_size(const void *a, const void *b)
{
    const struct rehearsal_reason *x = a, *y = b;

    return x->devices != y->devices ? (x->devices < y->devices) - (x->devices > y->devices)
                                    : (int)x->why - (int)y->why;
}

static void name_all(struct world *world, struct arena *arena, struct rehearsal_view *v)
{
    for (size_t i = 0; i < v->result.never_count; i++)
        v->never[i] = (struct rehearsal_named){name_of(world, arena, v->result.never[i]),
                                               (enum rehearsal_why)v->result.never_why[i]};
    for (int why = 0; why < REHEARSAL_WHY__MAX; why++) {
        const struct rehearsal_left *left = &v->result.left[why];
        struct rehearsal_reason *reason = &v->reasons[v->reason_count];

        if (left->devices == 0)
            continue;
        *reason = (struct rehearsal_reason){
            .why = (enum rehearsal_why)why, .devices = left->devices, .some_count = left->named_count};
        for (size_t i = 0; i < left->named_count; i++)
            reason->some[i] = name_of(world, arena, left->named[i]);
        v->reason_count++;
    }
    if (v->reason_count)
        qsort(v->reasons, v->reason_count, sizeof(*v->reasons), by_size);
}

/* ---- what it does not know ------------------------------------------------------------------------------
 */

static void leave_out(struct rehearsal_view *v, bool does_apply, const char *what)
{
    if (does_apply && v->left_out_count < COUNT(v->left_out))
        v->left_out[v->left_out_count++] = what;
}

static void leave_out_all(struct rehearsal_view *v, const struct rollout_terms *t, int64_t holds)
{
    const struct rollout *r = &v->rollout;

    leave_out(v, true, "a download takes no time, and what a device works on now is over");
    leave_out(v, true, "who fails is not tried again: the share of failures is that after all tries");
    leave_out(v, true, "other rollouts, busy devices, and people who pause, retry or lift a hold");
    leave_out(v, r->kind != ACTION_FORCED,
              "nobody at a device says no, and every download is followed by an install");
    leave_out(v, holds > 0, "holds beyond the first 256 that stand");
    leave_out(v, t->is_approved, "a person opens each further stage as soon as it may open");
    leave_out(v, t->soaks_workday, "the working day within a soak");
    leave_out(v, t->site_most || t->site_percent || t->keeps_one || t->at_once_site || t->bytes_hour_site,
              "limits within a site");
    leave_out(v, t->quiet_min > 0, "that a device's quiet hours move with its use");
    leave_out(v, t->order.count > 0, "components one night after the other");
    leave_out(v, t->fresh_backup_h > 0, "waiting for a fresh backup");
    leave_out(v, t->fault_rise_percent || t->print_drop_percent, "faults and pages after an install");
}

/* ---- all of it
 * ---------------------------------------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* What the tenant allows is the rollout's alone: other rollouts are left out. */
static bool tenant_facts(struct world *world, struct arena *arena, int64_t tenant_id,
                         const struct rollout_terms *t, struct rehearsal_facts *f, struct err *err)
{
    struct tenant tenant;

    if (!store_tenant_get(world->store, arena, tenant_id, &tenant, err))
        return false;
    f->poll_ms = (tenant.poll_sleep_s > 0 ? tenant.poll_sleep_s : world->settings->poll_sleep_s) * 1000;
    f->at_once = least(t->at_once, tenant.at_once);
    f->bytes_hour = least(t->bytes_hour, tenant.bytes_hour);
    return true;
}

static bool rehearse(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                     const struct rehearsal_ask *ask, int64_t now_ms, struct rehearsal_view *out,
                     struct err *err)
{
    AUTO(rehearsal_reading_end) struct rehearsal_reading reading = {0};
    AUTO(look_end) struct look look = {0};
    struct rollout_terms terms;
    struct release release;

    *out = (struct rehearsal_view){.rollout.id = id};
    if (!look_begin(&look, world->store, err) ||
        !store_rollout_get(world->store, arena, tenant_id, id, &out->rollout, err) ||
        !may_rehearse(&out->rollout, err) || !terms_text(arena, out->rollout.terms, &terms, err) ||
        !store_release_get(world->store, arena, tenant_id, out->rollout.release_id, &release, err) ||
        !tenant_facts(world, arena, tenant_id, &terms, &reading.facts, err))
        return false;
    out->family = release.family;
    out->version = release.version;
    complete(ask, &out->rollout, &terms, now_ms, &out->asked);
    reading.rollout = out->rollout;
    if (!rehearsal_read(world, arena, &out->asked, now_ms, &reading, err) ||
        !measure(world, arena, &release, out, &reading.facts, err))
        return false;
    look_end(&look);
    rehearsal_run(arena, &reading.facts, &out->result);
    out->stage_count = reading.facts.stage_count;
    name_all(world, arena, out);
    leave_out_all(out, &terms, reading.holds_left_out);
    return true;
}

bool rollout_rehearse(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                      const struct rehearsal_ask *ask, int64_t now_ms, struct rehearsal_view *out,
                      struct err *err)
{
    bool is_done;

    if (ask->from_ms &&
        (ask->from_ms > now_ms + REHEARSAL_AWAY_MS || ask->from_ms < now_ms - REHEARSAL_AWAY_MS))
        return FAIL(err, ERR_INVALID, "from is a time within %d days of now",
                    (int)(REHEARSAL_AWAY_MS / 86400000));
    if (!plans_walk_begin(world->plans))
        return FAIL(err, ERR_TOO_MANY, "another rehearsal is under way; ask again in a few seconds");
    is_done = rehearse(world, arena, tenant_id, id, ask, now_ms, out, err);
    plans_walk_end(world->plans);
    return is_done;
}
