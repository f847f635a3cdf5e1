/* The Prefer header of RFC 7240, as far as anything here goes by it. */
#pragma once

#include "http/http.h"

/* Seconds of the first `wait` among the request's preferences; 0: none, or none that can be understood. */
int64_t prefer_wait_s(const struct req *req);
