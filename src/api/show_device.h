/* Devices and actions -> JSON. */
#pragma once

#include "base/json.h"
#include "domain/device_admin.h"

/* `token` is shown once, when it was just made; else NULL. */
void show_device(struct json_out *j, const char *name, const struct device_view *view, const char *token);
/* NULL: nothing is said. */
void show_quarantine(struct json_out *j, const struct device_quarantine *quarantine);
/* NULL: nothing is said. */
void show_drift(struct json_out *j, const struct drift *drift);
void show_action(struct json_out *j, const char *name, const struct action_view *view, bool with_entries);
void show_entries(struct json_out *j, const char *name, const struct action_status *entries, size_t count);
