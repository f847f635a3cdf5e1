/* A blob as the answer: mapped, never copied, with the validators and headers that downloads rely on. */
#pragma once

#include "api/api.h"

/* ERR_GONE when the bytes were purged. */
bool blob_reply(struct call *call, const char *sha256, const char *filename, struct err *err) CHECKED;
