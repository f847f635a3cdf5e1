/* Devices at rest, and what hangs on one: attributes, tags, components, when it was last seen. Knows no rule.
 */
#pragma once

#include "model/device.h"
#include "store/store.h"

/* ---- devices ---- */
/* ERR_CONFLICT when the tenant has one of that controllerId. */
bool store_device_put(struct store *store, const struct device *device, int64_t *id, struct err *err) CHECKED;
bool store_device_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *controller_id,
                      struct device *out, struct err *err) CHECKED;
bool store_device_by_id(struct store *store, struct arena *arena, int64_t id, struct device *out,
                        struct err *err) CHECKED;
/* family, model, serial, customer, site and quirk become what `device` says. */
bool store_device_change(struct store *store, const struct device *device, struct err *err) CHECKED;
/* Compare and set; enrolled_ms becomes at_ms when `to` is active and it was 0. *moved false: it was not in
 * `from`. */
bool store_device_move(struct store *store, int64_t id, enum device_state from, enum device_state to,
                       int64_t at_ms, bool *moved, struct err *err) CHECKED;
bool store_device_token_put(struct store *store, int64_t id, const char *token_hash, struct err *err) CHECKED;
bool store_device_ask(struct store *store, int64_t id, bool wants_attributes, struct err *err) CHECKED;
/* The action becomes the installed one, attributes are wanted again; the counter only rises. */
bool store_device_installed(struct store *store, int64_t id, int64_t action_id, int64_t release_counter,
                            struct err *err) CHECKED;
/* since_ms 0: off. */
bool store_device_auto_confirm(struct store *store, int64_t id, int64_t since_ms, const char *who,
                               const char *remark, struct err *err) CHECKED;

/* What DDI calls the target's status: derived, never stored. */
enum device_status {                    /* the words hawkBit uses for the same */
                     STATUS_UNKNOWN,    /* never polled */
                     STATUS_REGISTERED, /* polled, nothing given yet */
                     STATUS_PENDING,    /* an action is open */
                     STATUS_IN_SYNC,    /* its last action ended well */
                     STATUS_ERROR,      /* or did not */
                     DEVICE_STATUS__MAX
};
extern const char *const device_status_name[DEVICE_STATUS__MAX];

/* A row of a list: the device with what is asked about every one of them. */
struct device_row {
    struct device device;
    enum device_status status;
    int64_t last_seen_ms; /* as flushed; 0: never */
    const char *address;
};
struct device_filter { /* NULL or "": any */
    const char *family, *model, *site, *state, *status, *tag;
    const char *prefix; /* of the controllerId */
    int64_t after;      /* id of the last one had; 0: from the first */
    int64_t limit;
};
/* By id; with a prefix by controllerId. */
bool store_device_list(struct store *store, struct arena *arena, int64_t tenant_id,
                       const struct device_filter *filter, struct device_row **out, size_t *count,
                       struct err *err) CHECKED;
bool store_device_row(struct store *store, struct arena *arena, int64_t tenant_id, const char *controller_id,
                      struct device_row *out, struct err *err) CHECKED;
bool store_device_count(struct store *store, int64_t tenant_id, int64_t *out, struct err *err) CHECKED;

/* ---- attributes ---- */
/* Names ascending. */
bool store_attribute_list(struct store *store, struct arena *arena, int64_t device_id,
                          struct device_pair **out, size_t *count, struct err *err) CHECKED;
/* *out stays untouched when it has none of that name. */
bool store_attribute_find(struct store *store, struct arena *arena, int64_t device_id, const char *name,
                          const char **out, struct err *err) CHECKED;
bool store_attribute_put(struct store *store, int64_t device_id, const char *name, const char *value,
                         struct err *err) CHECKED;
bool store_attribute_drop(struct store *store, int64_t device_id, const char *name, struct err *err) CHECKED;
bool store_attribute_drop_all(struct store *store, int64_t device_id, struct err *err) CHECKED;

/* ---- tags ---- */
bool store_tag_list(struct store *store, struct arena *arena, int64_t device_id, const char ***out,
                    size_t *count, struct err *err) CHECKED;
bool store_tag_put(struct store *store, int64_t device_id, const char *tag, struct err *err) CHECKED;
bool store_tag_drop(struct store *store, int64_t device_id, const char *tag, struct err *err) CHECKED;
bool store_tag_drop_all(struct store *store, int64_t device_id, struct err *err) CHECKED;

/* ---- components ---- */
bool store_component_list(struct store *store, struct arena *arena, int64_t device_id,
                          struct device_component **out, size_t *count, struct err *err) CHECKED;
/* Replaces. sha256 "" when only the version is known. */
bool store_component_put(struct store *store, int64_t device_id, const struct device_component *component,
                         struct err *err) CHECKED;
bool store_component_drop(struct store *store, int64_t device_id, const char *component,
                          struct err *err) CHECKED;

/* ---- seen ---- */
/* Inside a tx; an older time than the one at rest changes nothing. */
bool store_seen_put(struct store *store, const struct device_seen *seen, struct err *err) CHECKED;
/* last_seen_ms 0 when never. */
bool store_seen_get(struct store *store, int64_t device_id, struct device_seen *out, struct err *err) CHECKED;
