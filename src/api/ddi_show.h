/* DDI's JSON, written from facts: strict in what it says, the same order always. */
#pragma once

#include "api/api.h"
#include "domain/checkin.h"
#include "domain/deployment.h"

/* "{base}/{tenant}/controller/v1/{id}" of who asks. */
const char *ddi_link(struct call *call);

void ddi_show_checkin(struct call *call, struct json_out *j, const struct checkin *checkin);
/* `what` is "deployment" or "confirmation"; `history` 0: none, else at most so many messages. */
void ddi_show_deployment(struct call *call, struct json_out *j, const struct device *device,
                         const struct deployment *deployment, const char *what, int64_t history);
void ddi_show_artifact(struct call *call, struct json_out *j, const struct device *device,
                       const struct release *release, const struct module *module);
void ddi_show_href(struct json_out *j, const char *rel, const char *href);
