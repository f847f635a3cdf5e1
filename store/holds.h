/* Holds at rest. Whom one covers is decided above. */
#pragma once

#include "model/hold.h"
#include "store/store.h"

bool store_hold_put(struct store *store, const struct hold *hold, int64_t *id, struct err *err) CHECKED;
bool store_hold_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id, struct hold *out,
                    struct err *err) CHECKED;
/* Newest first, ids below `before` (0: from the newest). now_ms -1: also those that are over. */
bool store_hold_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                     int64_t now_ms, int64_t limit, struct hold **out, size_t *count,
                     struct err *err) CHECKED;
/* All that nobody lifted, also those whose time is over. */
bool store_hold_standing(struct store *store, struct arena *arena, int64_t tenant_id, struct hold **out,
                         size_t *count, struct err *err) CHECKED;
/* *moved false: it was lifted before. */
bool store_hold_lift(struct store *store, int64_t id, const char *by, int64_t now_ms, bool *moved,
                     struct err *err) CHECKED;
