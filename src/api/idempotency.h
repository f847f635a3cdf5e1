/* Idempotency-Key on the POSTs of operators: asked again with the same key, the first answer is given again.
 * Answers that hold a secret are never kept: asking again says that it was done. */
#pragma once

#include "api/api.h"

/* Before the handler. *is_answered: the reply is filled with the first answer, and the handler must not run.
 * ERR_CONFLICT: the key was used for another request, or its first request is still being answered. */
bool idempotency_find(struct call *call, bool *is_answered, struct err *err) CHECKED;
/* After the handler and its reply, refusals included. Answers that asking again may change (5xx, 423, 429)
 * are forgotten. Only to be called when idempotency_find said true with *is_answered false. */
bool idempotency_keep(struct call *call, struct err *err) CHECKED;
