#include "model/action.h"
#include "model/backup.h"
#include "model/device.h"
#include "model/hold.h"
#include "model/release.h"
#include "model/restore.h"
#include "model/rollout.h"
#include "model/setback.h"
#include "model/tenant.h"

/* The texts that rest in the store and travel in JSON, one table per enum, and their way back. */
#define NAMES(type, noun, max, ...)                                                                          \
    const char *const noun##_name[max] = {__VA_ARGS__};                                                      \
    bool noun##_parse(const char *text, enum type *out)                                                      \
    {                                                                                                        \
        for (int i = 0; i < (max); i++)                                                                      \
            if (text && strcmp(text, noun##_name[i]) == 0) {                                                 \
                *out = (enum type)i;                                                                         \
                return true;                                                                                 \
            }                                                                                                \
        return false;                                                                                        \
    }

/* clang-format off */
NAMES(device_state, device_state, DEVICE_STATE__MAX, "waiting", "active", "quarantined", "retired")
NAMES(device_quirk, device_quirk, DEVICE_QUIRK__MAX, "", "suricatta", "rauc", "zephyr", "plain")
NAMES(action_state, action_state, ACTION_STATE__MAX,
      "confirming", "offered", "downloading", "downloaded", "backing-up", "installing", "rebooting", "soaking",
      "canceling", "healthy", "failed", "silent", "recalled")
NAMES(action_kind, action_kind, ACTION_KIND__MAX, "forced", "soft", "timeforced", "downloadonly")
NAMES(release_state, release_state, RELEASE_STATE__MAX, "staged", "published", "withdrawn")
NAMES(rollout_state, rollout_state, ROLLOUT_STATE__MAX,
      "draft", "planning", "running", "paused", "halted", "finished", "aborted")
NAMES(hold_scope, hold_scope, HOLD_SCOPE__MAX, "all", "customer", "site", "family", "release", "device")
NAMES(stage_kind, stage_kind, STAGE_KIND__MAX, "count", "percent", "group", "canary", "rest")
NAMES(backup_custody, backup_custody, BACKUP_CUSTODY__MAX, "", "service", "customer")
NAMES(backup_trigger, backup_trigger, BACKUP_TRIGGER__MAX,
      "schedule", "technician", "panel", "before-update", "after-update", "before-restore", "after-restore")
NAMES(restore_state, restore_state, RESTORE_STATE__MAX,
      "needs-plan", "planned", "started", "redeemed", "done", "failed", "expired", "cancelled")
NAMES(restore_result, restore_result, RESTORE_RESULT__MAX, "applied", "reverted", "failed", "skipped")
NAMES(setback_kind, setback_kind, SETBACK__MAX, "", "older", "other", "restored")
NAMES(role, role, ROLE__MAX, "viewer", "technician", "engineer", "admin")
/* clang-format on */
