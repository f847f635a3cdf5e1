/* The next root out of the one in force. Pure. */
#pragma once

#include "domain/trust.h"

/* `online`: speaks for timestamp and snapshot from then on; NULL: who speaks stays. */
bool trust_root_next(struct arena *arena, const struct tuf_root *now, const struct trust_wish *wish,
                     const struct key_public *online, int64_t now_ms, struct tuf_root *out,
                     struct err *err) CHECKED;
