/* What of a release comes first, where not all of it can come at once. Pure.
 *
 *   stepping stones  a device below the version that a release starts from gets published releases of the
 * family that lead there, as few as there are: each time the highest that starts from what it runs, for only
 * a lower bound is asked. Where none leads there, the release itself stays in question, and is refused. order
 * of a release's components the first that the terms name and the device lacks; those that are not named come
 * last, together.
 *
 * A step is an action of the same rollout. One that is not the last leaves the rollout's count when it is
 * healthy, so that its device is due again; the next step waits for its window like any action, in the same
 * night if that fits. */
#pragma once

#include "domain/offer.h"

/* Narrows the plan to the step that is due: release, modules, and how many steps are left, with this one. A
 * plan that comes at once stays as it is. */
void steps_narrow(struct arena *arena, const struct offer_facts *facts, struct planned *plan);
