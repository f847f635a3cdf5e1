/* The ceremony of trust as people go through it: staged by an admin, signed elsewhere, handed in by an
 * engineer. */
#pragma once

#include "support/ops.h"

#define TRUST "/api/v1/trust"

struct answer ceremony_stage(struct ops *ops, const char *role, const char *body);
/* A signature over these bytes. */
struct answer ceremony_hand_in(struct ops *ops, const char *role, const struct key *key, struct span bytes);
/* A signature over what waits. */
struct answer ceremony_sign(struct ops *ops, const char *role, const struct key *key);
struct answer ceremony_publish(struct ops *ops);
/* Fails the test unless it was refused so. */
void ceremony_refused(const struct answer *a, int status, const char *words);
/* The public half, as a wish names it. */
const char *ceremony_hex(struct ops *ops, const struct key *key);
