/* What every DDI door does first: the device behind the call, the numbers in its path, its body's type. */
#pragma once

#include "api/api.h"
#include "model/device.h"

/* The device that asks, now seen, with the quirk of its client: what is set for it, else what its User-Agent
 * shows. ERR_NOT_FOUND when nobody made it yet. */
bool ddi_device(struct call *call, const struct device **out, struct err *err) CHECKED;
/* The same; a device that a gateway token or certificate vouches for is made. False without an err: deferred.
 */
bool ddi_device_or_new(struct call *call, const struct device **out, struct err *err) CHECKED;
/* The third part of the path: an action or a module. */
bool ddi_number(struct call *call, const char *what, int64_t *out, struct err *err) CHECKED;
/* JSON with any parameter, or none named. */
bool ddi_body_type(const struct call *call, struct err *err) CHECKED;
