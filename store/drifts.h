/* Comparisons of settings before and after an update, at rest. */
#pragma once

#include "store/store.h"

struct drift {
    int64_t action_id, tenant_id, device_id;
    int64_t before_id, after_id; /* backups */
    /* Only drift_last() fills these: */
    const char *state, *said; /* pending same drifted unread; in words, "" while it is pending */
    int64_t restore_id;       /* that puts it back; 0: none */
};

/* Once for each action: a second one changes nothing. */
bool store_drift_put(struct store *store, const struct drift *drift, struct err *err) CHECKED;
/* Not compared yet. */
bool store_drift_pending(struct store *store, struct arena *arena, int64_t limit, struct drift **out,
                         size_t *count, struct err *err) CHECKED;
bool store_drift_done(struct store *store, int64_t action_id, const char *state, const char *said,
                      int64_t restore_id, struct err *err) CHECKED;
/* Of the device's newest update that was compared. *out stays untouched when there is none. */
bool store_drift_last(struct store *store, struct arena *arena, int64_t device_id, struct drift *out,
                      bool *has_row, struct err *err) CHECKED;
