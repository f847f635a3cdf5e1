/* A printer's side of DDI, in one line each, over support/api.h. Devices answer to the token "token-ID". */
#pragma once

#include "support/api.h"

#define DDI_PATH "/DEFAULT/controller/v1/"

/* "METHOD" of "/DEFAULT/controller/v1/ID" + tail, with the device's own token. */
struct answer ddi_ask(struct support *s, const char *method, const char *id, const char *tail,
                      const char *body);
struct answer ddi_poll(struct support *s, const char *id);
/* POST deploymentBase/ACTION/feedback with these words; `more` is put after "result":{...} in status, or
 * NULL. */
struct answer ddi_say(struct support *s, const char *id, int64_t action, const char *execution,
                      const char *finished, const char *more);
struct answer ddi_say_cancel(struct support *s, const char *id, int64_t action, const char *execution,
                             const char *finished);
struct answer ddi_get(struct support *s, const char *id, const char *door, int64_t action);
enum action_state ddi_state(struct support *s, int64_t action);
/* The href of one without its base; NULL when it is not there. */
const char *ddi_href(const struct answer *poll, const char *rel);

/* A release of family "c450" with one system part, and with a system and a scanner part. */
int64_t ddi_release(struct support *s, const char *version);
int64_t ddi_release_two(struct support *s, const char *version);
/* device_component rows of a device, as "system=2.0 scanner=2.0 " */
const char *ddi_components(struct support *s, const char *id);
