/* When each device was last heard, in memory; flushed in batches by the engine, sorted, into a narrow table.
 * A crash loses at most a minute of it, by design: a poll writes nothing. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct seen;
struct store;

bool seen_open(struct seen **out, struct err *err) CHECKED;
void seen_closep(struct seen **seen);
void seen_note(struct seen *seen, int64_t device_id, int64_t now_ms, const char *address);
/* 0 when not heard since start. */
int64_t seen_last_ms(struct seen *seen, int64_t device_id);
bool seen_flush(struct seen *seen, struct store *store, struct err *err) CHECKED;
