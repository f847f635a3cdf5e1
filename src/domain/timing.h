/* What an install is taken to last: what four of five measured ones lasted at most; of the release, once it
 * has enough of them; else of its family; else what the manifest says. Measured from the first word that it
 * had begun to its success, as the service heard them: by clients that say when they begin. */
#pragma once

#include "model/action.h"
#include "model/release.h"
#include "store/timings.h"

#define TIMING_CLASSES 15
#define TIMING_ENOUGH 5 /* installs */

/* Pure. The class of an install: it took at most so many minutes. The last one has no bound, and says 480. */
int64_t timing_class(int64_t took_ms);
/* Pure. A clock that was set meanwhile makes an install last a day, or less than nothing: what is far from
 * the manifest's minutes (0: it names none) is not counted. */
bool timing_is_believed(int64_t took_ms, int64_t manifest_minutes);
/* Pure. The class in which the four of five end; 0: not enough were measured. */
int64_t timing_most(const struct timing *timings, size_t count);
/* Inside a tx: `action` succeeded. */
bool timing_note(struct store *store, const struct action *action, int64_t now_ms, struct err *err) CHECKED;
bool timing_expected(struct store *store, const struct release *release, int64_t *minutes,
                     struct err *err) CHECKED;
