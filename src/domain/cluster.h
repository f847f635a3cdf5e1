/* What those that failed have in common and the good ones have not: the words a halt is explained with. Pure.
 *
 * Every fact (attribute, model, component of another release, site) is scored by the share of the failed that
 * have it less the share of the good that have it: 100 when it covers every failure and no success. Of equal
 * ones the fact that fewer devices have wins, for it says more; then the order of the kinds. A fact is named
 * from CLUSTER_LEAST on and when two failures share it; where nothing is good there is nothing to compare
 * with, and no fact is named. */
#pragma once

#include "base/arena.h"

enum cluster_kind { CLUSTER_ATTRIBUTE, CLUSTER_MODEL, CLUSTER_COMPONENT, CLUSTER_SITE, CLUSTER_KIND__MAX };
extern const char *const cluster_kind_name[CLUSTER_KIND__MAX];

#define CLUSTER_LEAST 50

struct cluster_fact {
    enum cluster_kind kind;
    const char *name, *value;
};
struct cluster_case { /* one device that has begun */
    bool is_failed;
    const struct cluster_fact *facts; /* each name once */
    size_t fact_count;
    const char *error; /* of a failed one, or "" */
};
struct cluster {
    bool is_named; /* else only the figures and the error mean something */
    struct cluster_fact fact;
    int64_t failed, failed_all, good, good_all; /* with the fact; in all */
    int64_t score;
    double chance;     /* that so many failures, drawn blindly, would have had it */
    const char *error; /* what most of the failed said, digits aside; NULL: nothing */
    int64_t error_failed;
};

void cluster_find(struct arena *arena, const struct cluster_case *cases, size_t count, struct cluster *out);
/* "3 of 3 that failed have finisher=B, and 5 of 38 good ones; 3 said: ..."; "" when there is nothing to say.
 */
const char *cluster_text(struct arena *arena, const struct cluster *cluster);
const char *cluster_json(struct arena *arena, const struct cluster *cluster);
