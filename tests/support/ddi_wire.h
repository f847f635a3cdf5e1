/* DDI on real sockets: a service over TLS with one device, mfp-1, that is offered 3 MB of text. */
#pragma once

#include "support/ddi.h"
#include "support/unit.h"
#include "support/wire.h"

#define DDI_WIRE_FILE_SIZE 3000000
#define DDI_WIRE_TOKEN "Authorization: TargetToken token-mfp-1\r\n"
#define DDI_WIRE_PATH "/DEFAULT/controller/v1/mfp-1"

struct ddi_wire {
    struct arena *arena;
    struct support *s;
    struct http *http;
    const char *file; /* path of the artifact */
    char *bytes;
    int64_t action;
};
extern struct ddi_wire ddi_wire;

/* Setup and teardown of a group of tests. */
int ddi_wire_start(void **state);
int ddi_wire_stop(void **state);

struct wire *ddi_wire_dial(void);
/* `more` are header lines, each with its CRLF. */
struct wire_reply ddi_wire_ask(struct unit *unit, struct wire *wire, const char *method, const char *path,
                               const char *more, const char *body);
const char *ddi_wire_header(struct unit *unit, const struct wire_reply *reply, const char *name);
