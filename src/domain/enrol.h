/* First contact: a one-time claim code becomes a device with a token of its own. Claims are made by technicians and
 * rest as digests. A code works once, for 24 hours, and only for the device it names, if it names one. */
#pragma once

#include "domain/world.h"
#include "model/device.h"
#include "model/tenant.h"

#define CLAIMS_AT_ONCE 1000
/* The answer to an enrolment can get lost: the same machine may ask again with the same code for so long, as long as
 * it has not checked in with the token it was given. */
#define ENROL_AGAIN_MS (10 * 60 * 1000)

struct claim_made {
    const char *code; /* shown once */
    struct claim claim;
};
bool claim_make(struct world *world, struct arena *arena, const struct who *who, int64_t count,
                const char *controller_id, const char *site, int64_t ttl_h, int64_t now_ms,
                struct claim_made **out, struct err *err) CHECKED;
bool claim_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t before, int64_t limit,
                struct claim **out, size_t *count, struct err *err) CHECKED;

struct enrolment { /* what the machine says of itself */
    const char *controller_id, *claim, *family, *model, *serial;
    const char *report_key; /* public half of the key it signs its reports with, 64 hex digits; "": none */
};
struct enrolled {
    const char *tenant, *token;
    struct device device;
    struct span root;          /* the trusted root.json it starts from */
    struct span director_root; /* and that of the director; empty: there is none */
};
/* Whoever had the identity before has neither token nor report key any more. ERR_FORBIDDEN: the code is unknown, used,
 * expired or for another device. ERR_CONFLICT: the identity is taken by a machine with another serial, or known and the
 * code does not name it. */
bool enrol(struct world *world, struct arena *arena, struct who *who, const char *tenant,
           const struct enrolment *wish, int64_t now_ms, struct enrolled *out, struct err *err) CHECKED;
