/* What a device says about itself (DDI configData). Some names are more than attributes: family, model and
 * serial become the device's own, component.NAME becomes the version that runs on it. */
#pragma once

#include "domain/world.h"
#include "model/device.h"

enum attribute_mode { ATTRIBUTES_MERGE, ATTRIBUTES_REPLACE, ATTRIBUTES_REMOVE, ATTRIBUTE_MODE__MAX };
extern const char *const attribute_mode_name[ATTRIBUTE_MODE__MAX];

struct attribute_change {
    const char *name;
    const char *value; /* NULL: take it away */
};

/* In its own tx; attributes are not asked for any more. ERR_INVALID: a name or value out of bounds.
 * ERR_TOO_MANY: more than 100 of them; then nothing is changed. */
bool attributes_take(struct world *world, struct arena *arena, const struct device *device,
                     enum attribute_mode mode, const struct attribute_change *changes, size_t count,
                     int64_t now_ms, struct err *err) CHECKED;
/* DDI's PUT installedBase: the device says that it runs this release of its family. *is_new false: that was
 * known. ERR_NOT_FOUND: no such release. */
bool attributes_installed(struct world *world, struct arena *arena, const struct device *device,
                          const char *family, const char *version, int64_t now_ms, bool *is_new,
                          struct err *err) CHECKED;
