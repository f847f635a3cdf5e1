/* What a device is told to do, as facts: deploymentBase, installedBase and confirmationBase say the same
 * thing. */
#pragma once

#include "domain/schedule.h"
#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"
#include "model/release.h"
#include "model/restore.h"

enum handling { HANDLING_SKIP, HANDLING_ATTEMPT, HANDLING_FORCED, HANDLING__MAX };
extern const char *const handling_name[HANDLING__MAX];

struct orders { /* how an action is to be handled now */
    enum handling download, update;
    struct schedule schedule;
    bool is_withheld; /* its client would misunderstand it: no link before its window */
    int32_t c;        /* changes when any of this changes */
};
/* What keeps an offered action from being installed now. */
enum order_why {
    ORDER_GO,
    ORDER_CALLED_BACK,
    ORDER_CONFIRM,       /* somebody at the device must say yes */
    ORDER_LATER,         /* a further try, not before its time */
    ORDER_HELD,          /* somebody said "not now" */
    ORDER_OVER,          /* no install of its rollout begins any more */
    ORDER_EARLY,         /* nor yet */
    ORDER_WINDOW,        /* outside its hours */
    ORDER_NO_ROOM,       /* within them, and what is left is too short */
    ORDER_TOO_SHORT,     /* none of its hours holds an install */
    ORDER_DOWNLOAD,      /* outside the hours for downloads */
    ORDER_BACKUP,        /* its rollout asks for a fresh backup first, and there is none */
    ORDER_NO_BACKUPS,    /* the same, and it takes no part in backups */
    ORDER_ONLY_DOWNLOAD, /* it will not be installed at all */
    ORDER_IN_USE,        /* the device itself waits until it is idle, and told why */
    ORDER_WHY__MAX
};
extern const char *const order_why_name[ORDER_WHY__MAX]; /* a word for machines */
struct order_trace {
    enum order_why at[ORDER_WHY__MAX];
    size_t count;
};
/* Pure. All of it, in that order: what the orders are made from is what people are told. */
void orders_explain(const struct action *action, const struct schedule *schedule, int64_t now_ms,
                    struct order_trace *out);
/* Has it not begun, so that a hold still reaches it? */
bool orders_may_wait(const struct action *action);
/* Pure. */
struct orders orders_of(const struct device *device, const struct action *action,
                        const struct schedule *schedule, int64_t now_ms);
/* The same, with its schedule looked up. */
bool orders_load(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct orders *out, struct err *err) CHECKED;

/* Which doors an action answers at. */
enum deployment_kind { DEPLOYMENT_OFFERED, DEPLOYMENT_INSTALLED, DEPLOYMENT_CONFIRMING };

struct deployment {
    struct action action;
    struct release release; /* means nothing where action.restore_id is set: then `restore` does */
    struct restore restore;
    struct module *modules; /* in install order */
    size_t module_count;
    struct orders orders;
    const char *notice, *notice_now; /* for its panel, before and when it begins; NULL: not for this one */
    struct action_status *entries;   /* newest first, when asked for */
    size_t entry_count;
    bool needs_writer; /* fetched for the first time, which is noted: ask again with may_write; nothing else
                          is set */
};

/* ERR_NOT_FOUND: not this device's, or not at this door in its state. `history` entries are read. */
bool deployment_load(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                     enum deployment_kind kind, int64_t history, bool may_write, int64_t now_ms,
                     struct deployment *out, struct err *err) CHECKED;
/* cancelAction: is it being called back? */
bool deployment_canceling(struct world *world, struct arena *arena, const struct device *device,
                          int64_t action_id, struct err *err) CHECKED;

/* DDI's name of an action's status. */
const char *action_status_text(const struct action *action);
