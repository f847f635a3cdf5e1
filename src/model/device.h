/* A device: one MFP, as the service knows it. Plain facts. */
#pragma once

#include "base/base.h"

enum device_state {
    DEVICE_WAITING, /* enrolled, an operator must approve it first */
    DEVICE_ACTIVE,
    DEVICE_QUARANTINED, /* two machines claim to be it */
    DEVICE_RETIRED,
    DEVICE_STATE__MAX
};
extern const char *const device_state_name[DEVICE_STATE__MAX];
bool device_state_parse(const char *text, enum device_state *out);

/* How a client deviates from the plain DDI answer. */
enum device_quirk {
    QUIRK_NONE,      /* our agent and liberal clients */
    QUIRK_SURICATTA, /* takes update "skip" as done: no link before its window; one artifact */
    QUIRK_RAUC,      /* exactly one chunk and one artifact */
    QUIRK_ZEPHYR,    /* one bApp chunk, no metadata, no history, no installedBase, no skip */
    QUIRK_PLAIN,     /* as NONE without tuf.* metadata */
    DEVICE_QUIRK__MAX
};
extern const char *const device_quirk_name[DEVICE_QUIRK__MAX];
bool device_quirk_parse(const char *text, enum device_quirk *out);

#define CONTROLLER_ID_MAX 256
#define ATTRIBUTES_MAX 100      /* of one device; more is 429 */
#define ATTRIBUTE_CHARS_MAX 128 /* of a name or a value */

struct device {
    int64_t id, tenant_id;
    const char *controller_id, *token_hash;
    enum device_state state;
    const char *family, *model, *serial, *customer, *site;
    enum device_quirk quirk;
    bool wants_attributes;
    int64_t auto_confirm_ms;
    const char *auto_confirm_who, *auto_confirm_remark;
    int64_t installed_action, release_counter;
    int64_t created_ms, enrolled_ms;
    const char *recipient;        /* its own, "age1..."; "": it takes no part in backups */
    int64_t backup_ms;            /* its newest backup arrived; 0: none yet */
    int64_t wants_backup_ms;      /* asked for since; 0: not */
    const char *wants_backup_why; /* backup_trigger's name, or "" */
    bool has_action;              /* one was open when this was read */
};

struct device_quarantine {
    int64_t at_ms;
    const char *why; /* what was noticed */
};

struct device_pair { /* an attribute, or a component with its version */
    const char *name, *value;
};

struct device_component {
    const char *component, *version, *sha256;
    int64_t updated_ms;
};

struct device_seen {
    int64_t device_id, last_seen_ms;
    char address[48];
};
