/* Why a device is quarantined, while it is. Knows no rule. */
#pragma once

#include "model/device.h"
#include "store/store.h"

/* Makes or replaces. */
bool store_quarantine_put(struct store *store, const struct device *device, int64_t at_ms, const char *why,
                          struct err *err) CHECKED;
/* *has false: it is not. */
bool store_quarantine_get(struct store *store, struct arena *arena, int64_t device_id,
                          struct device_quarantine *out, bool *has, struct err *err) CHECKED;
bool store_quarantine_drop(struct store *store, int64_t device_id, struct err *err) CHECKED;
bool store_quarantine_count(struct store *store, int64_t tenant_id, int64_t *out, struct err *err) CHECKED;
