/* CBOR at the edge of the DDI doors: handlers read and write JSON, and never know. */
#pragma once

#include "api/api.h"

/* May this door answer what Accept names? ERR_NOT_ACCEPTABLE when it names neither JSON nor CBOR, or only
 * with q=0. Doors that are not DDI's take anything. */
bool ddi_accept_fits(const struct call *call, struct err *err) CHECKED;
/* A body of Content-Type application/cbor becomes JSON, and the call's request one that says so. */
bool ddi_cbor_read(struct call *call, struct err *err) CHECKED;
/* The finished reply becomes CBOR when Accept prefers it. Refusals stay JSON. */
bool ddi_cbor_show(struct call *call, struct err *err) CHECKED;
