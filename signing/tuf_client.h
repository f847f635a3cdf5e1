/* The TUF client workflow (tuf.md 1.4), step by step, persisting so that a power cut between any two writes is
 * harmless. Fetching and keeping are callbacks: used by the agent, the publish gate and tests alike. */
#pragma once

#include "signing/tuf.h"

struct tuf_client_io {
    void *ctx;
    /* Fetches metadata file `name` ("3.root.json"), at most `max` bytes. ERR_NOT_FOUND for 403/404. */
    bool (*fetch)(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out, struct err *err);
    /* Trusted local copy by role file name ("root.json", "FAMILY.json"); ERR_NOT_FOUND when there is none. */
    bool (*load)(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err);
    bool (*keep)(void *ctx, const char *name, struct span bytes, struct err *err);
};

struct tuf_client;

/* Loads and checks the local trusted root before any fetch. */
bool tuf_client_open(struct arena *arena, const struct tuf_client_io *io, int64_t now_ms, struct tuf_client **out,
                     struct err *err) CHECKED;
/* Steps 2-6: root, timestamp, snapshot, targets. */
bool tuf_client_refresh(struct tuf_client *client, struct err *err) CHECKED;
/* Step 7. ERR_NOT_FOUND when no role names it. Refreshes first if that was not done. */
bool tuf_client_target(struct tuf_client *client, const char *path, struct tuf_target *out, struct err *err) CHECKED;
/* Refusals of the workflow are ERR_FORBIDDEN (signature, threshold), ERR_CONFLICT (rollback, mix-and-match),
 * ERR_GONE (expired), ERR_TOO_LARGE, ERR_INVALID; `err` names file and rule. */
