/* The running rollouts, compiled for check-ins and kept between them: selection, open stages, release and modules.
 * Rebuilt when a rollout or release changed; readers hold a counted snapshot, so a poll never waits. */
#pragma once

#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"
#include "model/hold.h"
#include "model/release.h"
#include "model/rollout.h"
#include "model/terms.h"

struct device_facts { /* what a selection may ask of a device */
    const struct device *device;
    const char *const *tags;
    size_t tag_count;
    const struct device_pair *attributes;
    size_t attribute_count;
    const struct action_change *changes; /* loaded where a selection asks for them */
    size_t change_count;
};

struct stone { /* a published release that may come before */
    const struct release *release;
    const struct module *modules;
    size_t module_count;
};

struct planned { /* a rollout that is for this device */
    const struct rollout *rollout;
    const struct release *release;
    const struct module *modules;
    size_t module_count;
    const struct stone *stones; /* of the family and for its model, where the release starts from a version */
    size_t stone_count;
    int64_t steps_left; /* domain/steps.h: with the one that is due; 0: not looked at yet */
    int64_t stage;
    const struct rollout_terms *terms;         /* NULL: by hand */
    int64_t tenant_at_once, tenant_bytes_hour; /* its tenant's limits; 0: none */
    const char *superseded_by;                 /* a newer rollout that has the device now; NULL: none */
    const struct load *load;                   /* domain/limits.h: NULL until asked for */
    const struct hold *holds;                  /* that cover it, also those of another time */
    size_t hold_count;
};
/* Pure. */
bool planned_is_open(const struct planned *plan);

bool plans_open(struct plans **out, struct err *err) CHECKED;
void plans_closep(struct plans **plans);
/* Called by every verb that changes rollouts, stages or releases, after its commit. */
void plans_forget(struct plans *plans, int64_t tenant_id);
/* An install was measured: what installs are taken to last is read again, but not for each of them. */
void plans_measured(struct plans *plans, int64_t tenant_id);
bool plans_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;

/* Could any running rollout of the tenant concern a device of this family, model and site? Cheap; answers before
 * tags and attributes are read. */
bool plans_may_match(struct world *world, const struct device *device, struct err *err);
/* Running rollouts whose stage for it is open, best first (weight, then oldest). The result lives in the arena and is a
 * copy. */
bool plans_for_device(struct world *world, struct arena *arena, const struct device_facts *facts,
                      struct planned **out, size_t *count, struct err *err) CHECKED;

/* The hold that keeps this release from this device now. *found false: none; *out stays untouched. */
bool plans_hold(struct world *world, struct arena *arena, const struct device *device, int64_t release_id,
                int64_t now_ms, struct hold *out, bool *found, struct err *err) CHECKED;
/* Does a running rollout select by what changed a device before? */
bool plans_ask_changes(struct world *world, int64_t tenant_id);
/* How many minutes an install of it is taken to last. */
bool plans_minutes(struct world *world, struct arena *arena, const struct action *action, int64_t *out,
                   struct err *err) CHECKED;
/* When the last install of its rollout may begin; 0: whenever, or its rollout does not run. */
int64_t plans_latest_ms(struct world *world, const struct action *action);
/* Does any hold stand or wait for its time? */
bool plans_has_holds(struct world *world, int64_t tenant_id);
/* May a hold, a limit or a newer rollout be why a device of this running rollout was not offered it? */
bool plans_may_wait(struct world *world, int64_t tenant_id, int64_t rollout_id);

/* One walk through a whole fleet at a time is enough for people who ask: false while another is under way. */
bool plans_walk_begin(struct plans *plans);
void plans_walk_end(struct plans *plans);
/* For the engine's thread, which looks for who is left of a rollout (domain/awaited.h). */
struct rounds *plans_rounds(struct plans *plans);

/* For people who ask why: one rollout, in whatever state, laid beside many devices. Lives in the arena. */
struct plan_view;
bool plan_view_open(struct world *world, struct arena *arena, const struct rollout *rollout,
                    struct plan_view **out, struct err *err) CHECKED;
/* By family, model, site and id alone: false means certainly not. */
bool plan_view_may_match(const struct plan_view *view, const struct device *device);
/* Is it for this device, in whatever stage? The same questions as above, in the same order. */
bool plan_view_match(const struct plan_view *view, struct arena *arena, const struct device_facts *facts,
                     struct planned *out);
/* Another number where other newer rollouts have devices of it, or it waits for no window any more. */
int64_t plan_view_mark(const struct plan_view *view);
