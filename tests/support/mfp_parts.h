/* What mfp.c (the printer) and mfp_service.c (its service) share. */
#pragma once

#include "support/mfp.h"

#define FILE_SIZE 1000

extern const char *const mfp_components[MFP_PARTS];

/* The body of the answer to an operator's or device's request. */
struct span mfp_answer(struct mfp *mfp, const char *method, const char *where, const char *body);
/* False: this is not about signed metadata. 404 for what the repository has not. */
bool mfp_metadata(const struct mfp *mfp, const char *where, struct answer *out);
