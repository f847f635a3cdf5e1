/* What a rollout asks beyond its stages, thresholds and window. 0 or "" : not asked, unless said. */
#pragma once

#include "model/rollout.h"

#define TERMS_LIST_MAX 32 /* components, categories */

struct terms_names {
    const char *at[TERMS_LIST_MAX];
    size_t count;
};

struct rollout_terms {
    /* when */
    int64_t starts_ms;                    /* it starts by itself */
    int64_t earliest_ms, latest_ms;       /* no install begins before, none from then on */
    struct window download;               /* hours in which devices may download; start_min -1: any */
    int64_t quiet_min;                    /* the quietest so many minutes of each device ... */
    int64_t quiet_from_min, quiet_to_min; /* ... between these local times; over midnight when to <= from */
    const char *urgent_reason;            /* why it waits for no window */

    /* how many */
    bool is_approved;                    /* a person opens each further stage */
    bool soaks_workday;                  /* a stage's soak includes a working day of its devices */
    int64_t site_most, site_percent;     /* of a site's machines under way at once; of both, the smaller */
    bool keeps_one;                      /* one machine of a site keeps working; -> never the last */
    int64_t at_once, at_once_site;       /* devices that hold it and are not over, all and at one site */
    int64_t bytes_hour, bytes_hour_site; /* offered within an hour, all and to one site */
    bool supersedes;          /* a running rollout of an older release of the family ends for its devices */
    struct terms_names order; /* components one night after the other, in this order; the rest last */

    /* what halts it beside failures, against each device's own days before */
    int64_t fault_rise_percent; /* faults of those that have it rose by more */
    int64_t print_drop_percent; /* pages of those that have it fell by more */

    /* the way back */
    int64_t fresh_backup_h;     /* no install without a backup at most so old */
    bool compares;              /* settings are compared afterwards */
    struct terms_names reapply; /* categories whose drift is put back */
    int64_t rolls_back;         /* the rollout that this one undoes */
};
