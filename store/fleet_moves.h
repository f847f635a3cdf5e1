/* How the files of other nouns move the counters of fleet.h, in their own tx: before (-1) and after (1) whatever may
 * change what they count. Private to store/. */
#pragma once

#include "store/fleet.h"

bool fleet_device_move(struct store *store, int64_t device_id, int64_t by, struct err *err) CHECKED;
/* Its status follows from its actions and from whether it was ever seen. */
bool fleet_status_move(struct store *store, int64_t device_id, int64_t by, struct err *err) CHECKED;
/* Of one component; "": of all. */
bool fleet_version_move(struct store *store, int64_t device_id, const char *component, int64_t by,
                        struct err *err) CHECKED;
bool fleet_action_move(struct store *store, int64_t action_id, int64_t by, struct err *err) CHECKED;
