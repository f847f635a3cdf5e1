/* The next root out of the one in force. Pure. */
#pragma once

#include "domain/trust.h"

bool trust_root_next(struct arena *arena, const struct tuf_root *now, const struct trust_wish *wish,
                     int64_t now_ms, struct tuf_root *out, struct err *err) CHECKED;
