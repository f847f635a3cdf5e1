/* Metadata that waits for its people's signatures: put there inside a tx. Private to the repository files and
 * trust.c. */
#pragma once

#include "domain/repository_stage.h"
#include "domain/trust.h"

/* The next targets, as families are now; what waited before is void. */
bool trust_ask_targets(struct stage *stage, const char *by, int64_t life_days, struct err *err) CHECKED;
bool trust_is_asked(const struct repository *repository, enum trust_paper paper, bool *out,
                    struct err *err) CHECKED;
