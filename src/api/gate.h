/* Who is at the door and may they pass: rates, credentials, roles. Deny by default. */
#pragma once

#include "api/api.h"

bool gate_open(struct gate **out, const struct settings *settings, struct err *err) CHECKED;
void gate_closep(struct gate **gate);

/* Fills call->who, or refuses: ERR_TOO_MANY, ERR_UNKNOWN_WHO, ERR_FORBIDDEN. Costs no body byte. */
bool gate_pass(struct call *call, struct err *err) CHECKED;
/* The request is over, its last byte gone or lost: it no longer counts against its identity. Also after a
 * refusal. */
void gate_leave(struct call *call);
/* The same without the rate: for a request that was let in, has waited, and must be known anew. */
bool gate_know(struct call *call, struct err *err) CHECKED;
/* A login failed: counts it against its address. False always; past the limit `err` becomes ERR_TOO_MANY. */
bool gate_failed(struct call *call, struct err *err) CHECKED;
