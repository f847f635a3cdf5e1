/* A blob as the answer: mapped, never copied, with the validators and headers that downloads rely on. */
#pragma once

#include "api/api.h"

/* ERR_GONE when the bytes were purged. */
bool blob_reply(struct call *call, const char *sha256, const char *filename, struct err *err) CHECKED;
/* The bytes of `head` (in the call's arena), then those of blob `payload`, as one file whose SHA-256 is
 * `sha256`: ranges and length are over both. */
bool blob_reply_headed(struct call *call, struct span head, const char *payload, const char *sha256,
                       const char *filename, struct err *err) CHECKED;
