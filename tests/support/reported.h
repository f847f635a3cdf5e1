/* Signed reports of devices, as a device makes them. */
#pragma once

#include "signing/device_report.h"
#include "support/ddi.h"

/* Key n has the seed n n n ... */
struct key *reported_key(int n);
/* A sound report with that counter; its nonce is as many times the digit `nonce`. */
struct device_report reported_of(const char *device, int64_t counter, char nonce);
/* Signed with key n: what a device sends. */
const char *reported_text(struct arena *arena, struct device_report report, int n);
/* PUT .../report of a device, with its own token. */
struct answer reported_put(struct support *s, const char *device, const char *text);
