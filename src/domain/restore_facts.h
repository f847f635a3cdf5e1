/* What the service knows of a restore and what a plan goes by. Written down with the plan, gathered again at
 * the start: when one of them differs, what was agreed to is not what would happen. */
#pragma once

#include "domain/world.h"
#include "model/backup.h"
#include "model/device.h"
#include "model/restore.h"
#include "signing/capability.h"

/* Texts are never NULL. */
struct restore_facts {
    int64_t backup;
    const char *backup_sha256;
    bool is_gone;
    const char *custody;
    const char *source_device, *source_model, *source_customer;
    const char *source_descriptor, *target_descriptor; /* digests; "": nobody described the model */
    const char *target_id, *target_model, *target_serial, *target_customer;
    const char *recipient;
    bool is_same_chassis;
    bool needs_approval, needs_consent; /* of either customer */
    const char *wish;
    bool move_adjustments;
};

/* The same with what they were found in. It must not move: the facts point into it. */
struct restore_scene {
    struct backup backup;
    struct device source, target;
    struct capability source_model, target_model;
    bool has_source_model, has_target_model;
    struct restore_facts facts;
};

/* backup_id, device_id, tenant_id, wish and moves_adjustments of the restore are read. */
bool restore_scene_load(struct world *world, struct arena *arena, const struct restore *restore,
                        struct restore_scene *out, struct err *err) CHECKED;

/* Canonical JSON. */
bool restore_facts_text(struct arena *arena, const struct restore_facts *facts, const char **out,
                        struct err *err) CHECKED;
bool restore_facts_parse(struct arena *arena, const char *text, struct restore_facts *out,
                         struct err *err) CHECKED;
/* ERR_CONFLICT names what is different. */
bool restore_facts_hold(struct arena *arena, const struct restore_facts *then,
                        const struct restore_facts *now, struct err *err) CHECKED;
