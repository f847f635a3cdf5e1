/* What the files of restores share. Everybody else includes restore.h. */
#pragma once

#include "domain/restore.h"
#include "signing/restore_plan.h"

/* A backup opened and planned. It must not move: the plan points into it, and into the scene. */
struct restore_opened {
    struct snapshot snapshot;
    struct restore_plan plan;
};
/* Service custody. All of it lives in `secret`, an arena that wipes itself. */
bool restore_open(struct world *world, struct arena *secret, const struct restore_scene *scene,
                  struct restore_opened *out, struct err *err) CHECKED;

/* What travels: for one recipient only. */
struct restore_package {
    struct span header;
    const char *payload; /* blob */
    int64_t payload_size;
    bool is_own;        /* the blob was made for it */
    const char *upload; /* it was made from; NULL */
};
/* Service custody: the plan is made again, and must be the one that was agreed to. */
bool restore_package_make(struct world *world, struct arena *arena, const struct restore *restore,
                          const struct restore_scene *scene, struct restore_package *out,
                          struct err *err) CHECKED;
/* Customer custody: a header around the backup's payload, or a whole file; for one recipient each, whom the
 * service cannot tell. */
bool restore_package_take(struct world *world, struct arena *arena, const struct who *who,
                          const struct restore *restore, const struct restore_scene *scene,
                          const struct restore_launch *launch, int64_t now_ms, struct restore_package *out,
                          struct err *err) CHECKED;

/* Inside a tx: its device is told to let go of the action that brings it, if there is one. */
bool restore_call_back(struct world *world, struct arena *arena, const struct restore *restore,
                       const char *reason, int64_t now_ms, struct err *err) CHECKED;

/* "a, b" as "a,b": each a category of the backup, each once. "" stays "". */
bool restore_categories(struct arena *arena, const char *names, const struct backup *backup, const char **out,
                        struct err *err) CHECKED;
/* Its device's, and what a device may be told of: started or redeemed, its time not over. ERR_NOT_FOUND,
 * ERR_GONE. */
bool restore_of_device(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                       int64_t now_ms, struct restore *out, struct err *err) CHECKED;
/* ERR_CONFLICT: another was faster, or it is in no state for that. */
bool restore_moved(bool moved, int64_t id, const char *verb, struct err *err) CHECKED;
