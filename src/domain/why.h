/* Why has this device not got it yet? The ordered list of what stands between a device and a release, with
 * when it ends, from the predicates that make the offer and the orders (offer_explain, orders_explain): there
 * is no second opinion. */
#pragma once

#include "domain/deployment.h"
#include "domain/drift.h"
#include "domain/offer.h"
#include "model/action.h"

struct why_item {
    const char *code; /* for machines: offer_why_name, order_why_name, or one of the action's own below */
    const char *text; /* for people */
    int64_t until_ms; /* when it ends; 0: nobody knows */
    int64_t hold_id, action_id; /* 0: none */
};
/* The codes of an action that had its turn: "under-way" "healthy" "failed" "silent" "recalled"; of a device
 * that runs what was halted: "way-back". */

#define WHY_ITEMS (OFFER_WHY__MAX + ORDER_WHY__MAX + 2)

struct why_target {                /* one release on its way to the device */
    const struct rollout *rollout; /* NULL: assigned by hand */
    const struct release *release;
    int64_t stage;
    int64_t action_id; /* what brings it, or brought it; 0: nothing yet */
    bool is_done;
    struct why_item items[WHY_ITEMS];
    size_t count;
    int64_t expected_ms; /* when nothing of it stands in the way any more, as far as is known; 0: unknown */
};

struct device_why {
    struct device device;
    const struct device_quarantine *quarantine; /* while it is in it, or NULL */
    const struct drift *drift; /* what its newest update that compares them did to its settings, or NULL */
    int64_t last_seen_ms;
    struct why_target *targets; /* weightiest rollout first */
    size_t count;
};

/* Of one plan. The facts are complete: device, components, open actions, now; what its limits leave
 * is looked up and stays in the plan. */
bool why_of_plan(struct world *world, struct arena *arena, const struct offer_facts *facts,
                 struct planned *plan, struct why_target *out, struct err *err) CHECKED;
/* Of every rollout that runs, is being planned, is paused or was halted, and of what was assigned by hand. */
bool device_why(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                int64_t now_ms, struct device_why *out, struct err *err) CHECKED;

#define WHY_NAMED 5 /* devices of a group */

struct why_group {
    const char *code, *text;
    int64_t devices;
    const char *named[WHY_NAMED];
    size_t named_count;
    int64_t soonest_ms, latest_ms; /* of those whose end is known; 0: of none */
};
struct rollout_why {
    struct rollout rollout;
    const char *waits; /* what the rollout itself is stuck on, or why it ended before all had it; or "" */
    struct why_group *groups;
    size_t count;
    int64_t looked;  /* devices it is for, on this page */
    int64_t next_id; /* where the next page begins; 0: there is none */
};
/* Walks `limit` devices of its family after `after`, and groups those it is for by what is first in their
 * way. */
bool rollout_why(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id, int64_t after,
                 int64_t limit, int64_t now_ms, struct rollout_why *out, struct err *err) CHECKED;
struct excuses { /* by stage: devices that were planned and never acted, whose silence says nothing */
    int64_t kept[STAGES_MAX + 1]; /* held now, or they wait within a limit */
    int64_t gone[STAGES_MAX + 1]; /* a newer rollout has them, or no place is theirs on any night */
};
/* Walks the family. */
bool why_excused(struct world *world, const struct rollout *rollout, int64_t now_ms, struct excuses *out,
                 struct err *err) CHECKED;
