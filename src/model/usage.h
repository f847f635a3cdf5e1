/* What a machine was used for, day by day, in bare counts: against its own days before, for the gate. */
#pragma once

#include "base/base.h"

#define USAGE_HOURS 24 /* by the local clock; what comes twice in autumn counts twice in one */

struct usage_day { /* as a device tells it, of a local day that is over */
    int64_t day;   /* since 1970-01-01 */
    int64_t pages, faults;
    bool has_hours;
    int64_t hours[USAGE_HOURS]; /* pages; unset unless has_hours */
};

#define USAGE_DAYS_MAX 31 /* in one report */
#define USAGE_PAGES_MAX 1000000
#define USAGE_FAULTS_MAX 1000

/* Working days only. Before: sums that decay, in thousandths; after an update: plain sums. */
struct usage {
    int64_t device_id;
    int64_t last_day; /* the newest that was taken; 0: none yet */
    int64_t days, pages, faults, low;
    int64_t action_id; /* the update that the days after follow; 0: none yet */
    int64_t after_days, after_pages, after_faults, after_low;
    int64_t fault_score, drop_score; /* its part of its stage's, in millionths */
};

struct usage_sum { /* of the devices of a stage that have told of a working day after their update */
    int64_t devices, days;
    int64_t faults, pages;
    int64_t due_faults, due_pages; /* by their days before, in thousandths */
    int64_t fault_score, drop_score;
};
