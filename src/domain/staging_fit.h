/* Devices that will never begin an install, because none of their hours is as long as it is taken to last.
 * Asked once for each site: its devices share their hours. */
#pragma once

#include "domain/world.h"
#include "model/rollout.h"
#include "store/rollouts.h"

#define STAGING_UNFIT_NAMED 5

struct staging_fit; /* what the sites were found to be */

struct staging_unfit {
    struct staging_fit *fit;                 /* NULL: not asked for */
    int64_t devices, longest_min, needs_min; /* the longest of their hours */
    const char *named[STAGING_UNFIT_NAMED];
};

struct staging_fit *staging_fit_new(struct world *world, struct arena *arena, const struct rollout *rollout,
                                    int64_t now_ms);
/* One that is planned: counted when it never fits. */
bool staging_fit_weigh(struct staging_unfit *unfit, const struct candidate *candidate,
                       struct err *err) CHECKED;
/* "3 devices never fit: ..."; "": all fit. */
const char *staging_fit_text(struct arena *arena, const struct staging_unfit *unfit);
