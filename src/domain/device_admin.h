/* What operators see of devices and do to them. */
#pragma once

#include "domain/join.h"
#include "domain/world.h"
#include "model/action.h"
#include "model/device_report.h"
#include "model/release.h"
#include "store/actions.h"
#include "store/devices.h"

struct action_view {
    struct action action;
    const char *controller_id;
    const char *family, *version;  /* of its release; NULL where it brings a restore */
    struct action_status *entries; /* newest first; only where asked for */
    size_t entry_count;
};

struct device_view {
    struct device_row row;
    const char *zone;
    const char **tags;
    size_t tag_count;
    struct device_component *components;
    size_t component_count;
    struct device_pair *attributes;
    size_t attribute_count;
    struct action_view *action; /* the one it works on, or NULL */
    struct join_view *formers;  /* what it was before its board was swapped */
    size_t former_count;
    const char **twins; /* controllerIds of others that claim its serial */
    size_t twin_count;
    struct device_report_row *report;     /* its last signed report, or NULL */
    struct device_quarantine *quarantine; /* while it is in it, or NULL */
    struct drift *drift; /* its settings after its newest update that compares them, or NULL */
};

bool device_view(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                 struct device_view *out, struct err *err) CHECKED;
/* By id, after filter->after. */
bool device_views(struct world *world, struct arena *arena, int64_t tenant_id,
                  const struct device_filter *filter, struct device_view **out, size_t *count,
                  struct err *err) CHECKED;
/* Its actions, newest first, each with what it said. */
bool device_history(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                    int64_t before, int64_t limit, struct action_view **out, size_t *count,
                    struct err *err) CHECKED;

/* A device known beforehand, with a token of its own. */
bool device_make(struct world *world, struct arena *arena, const struct who *who, const struct device *facts,
                 const char *const *tags, size_t tag_count, int64_t now_ms, const char **token,
                 struct device_view *out, struct err *err) CHECKED;

struct device_patch { /* NULL leaves it */
    const char *family, *model, *customer, *site, *quirk;
    const char *const *tags; /* all of them, replaced together */
    size_t tag_count;
    bool has_tags;
};
bool device_change(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                   const struct device_patch *patch, int64_t now_ms, struct device_view *out,
                   struct err *err) CHECKED;

/* A person looked at it: out of the approval queue, back from retirement, or out of quarantine, which needs a reason. */
bool device_approve(struct world *world, struct arena *arena, const struct who *who,
                    const char *controller_id, const char *reason, int64_t now_ms, struct device_view *out,
                    struct err *err) CHECKED;

enum device_deed { DEVICE_RETIRE, DEVICE_ASK, DEVICE_TOKEN, DEVICE_DEED__MAX };
/* *token is set for DEVICE_TOKEN. ERR_CONFLICT when its state does not allow it. */
bool device_do(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
               enum device_deed deed, int64_t now_ms, const char **token, struct device_view *out,
               struct err *err) CHECKED;

bool action_view(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                 struct action_view *out, struct err *err) CHECKED;
/* What the device said about it, newest first. */
bool action_entries(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id, int64_t before,
                    int64_t limit, struct action_status **out, size_t *count, struct err *err) CHECKED;
/* stage -1, state NULL: any. By id, after `after`. */
bool action_views(struct world *world, struct arena *arena, int64_t tenant_id, int64_t rollout_id,
                  int64_t stage, const char *state, int64_t after, int64_t limit, struct action_view **out,
                  size_t *count, struct err *err) CHECKED;
/* One release to one device. *is_new false: it works on that already. */
bool action_assign(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                   const struct action *wanted, int64_t now_ms, struct action_view *out, bool *is_new,
                   struct err *err) CHECKED;
/* Calls it back; is_forced ends it without asking the device. */
bool action_cancel(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   bool is_forced, const char *reason, int64_t now_ms, struct action_view *out,
                   struct err *err) CHECKED;
