/* A rollout made ready for the question whether it is for a device, and the holds beside it. Private to
 * plans.c, which keeps them between check-ins, and to those who ask why. */
#pragma once

#include "domain/hold.h"
#include "domain/plans.h"
#include "domain/selection.h"
#include "model/terms.h"

struct compiled { /* one rollout, ready to be laid beside devices */
    struct rollout rollout;
    struct release release;
    int64_t minutes; /* an install of it is taken to last (domain/timing.h) */
    struct module *modules;
    size_t module_count;
    struct selection selection;
    struct texts models; /* of the release; none: any of the family */
    struct rollout_stage *stages;
    size_t stage_count;
    bool has_groups;
    struct stone *stones; /* lower versions of the family; none where the release starts from any */
    struct texts *stone_models;
    size_t stone_count;
    struct compiled *newer; /* rollouts that some of its devices belong to now */
    size_t newer_count;
    struct rollout_terms terms;
};

struct standing { /* a hold */
    struct hold hold;
    struct texts sites; /* of its customer */
};

struct holds {
    struct standing *all;
    size_t count;
};

bool plan_compile(struct store *store, struct arena *arena, const struct rollout *rollout,
                  struct compiled *out, struct err *err) CHECKED;
bool plan_holds_read(struct store *store, struct arena *arena, int64_t tenant_id, struct holds *out,
                     struct err *err) CHECKED;
/* By family, model, site and id alone: false means certainly not. */
bool plan_may_match(const struct compiled *c, const struct device *device);
bool plan_is_for(const struct compiled *c, const struct device_facts *facts);
/* The stage that is for the device, or -1: it is not for it. */
int64_t plan_stage_for(const struct compiled *c, const struct device_facts *facts);
/* The name of a newer rollout that the device belongs to now; NULL: none. */
const char *plan_newer_for(const struct compiled *c, const struct device_facts *facts);
/* Those that cover it, copied: few, and mostly none. */
size_t plan_holds_for(struct arena *arena, const struct holds *holds, const struct device *device,
                      const struct release *release, const struct hold **out);
/* A deep enough copy: what a planned points to must outlive the snapshot. */
void plan_copy(struct arena *arena, const struct compiled *c, const struct device *device, int64_t stage,
               struct planned *out);
