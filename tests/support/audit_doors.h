/* Every door that changes something writes one audit record, in the same transaction: proven by calling each.
 * A door that writes none is on a short list that says why. */
#pragma once

#include "support/ops.h"
#include "support/unit.h"

#define AUDIT_DOORS_D "/{tenant}/controller/v1/{id}"
#define AUDIT_DOORS_API "/api/v1"

int64_t audit_doors_newest(struct support *s);
/* The records since `before` that are not of the service by itself are `what`: one, or for a request that does
 * several things (tus: make, write, and what the last byte brings about) these, oldest first. */
void audit_doors_prove(struct support *s, const char *method, const char *path, const char *what,
                       int64_t before, const struct answer *a);

/* The call is made between looking and looking again; its answer is in `last`. */
#define PROVE(s, method, path, what, call)                                                                   \
    do {                                                                                                     \
        int64_t before_ = audit_doors_newest(s);                                                             \
        last = (call);                                                                                       \
        audit_doors_prove(s, method, path, what, before_, &last);                                            \
    } while (0)

/* Last in each of the two files that call doors: none of its half was left out, of backups and restores or of
 * all else. It looks at what this process has called. */
void audit_doors_none_left(bool of_backups);
