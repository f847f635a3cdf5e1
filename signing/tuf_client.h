/* The TUF client workflow, step by step, persisting so that a power cut between any two writes
 * is harmless. Fetching and keeping are callbacks: used by the agent, the publish gate and tests alike. */
#pragma once

#include "signing/attack.h"
#include "signing/tuf.h"

struct tuf_client_io {
    void *ctx;
    /* Fetches metadata file `name` ("3.root.json"), at most `max` bytes. ERR_NOT_FOUND for 403/404. */
    bool (*fetch)(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                  struct err *err);
    /* Trusted local copy by role file name ("root.json", "FAMILY.json"); ERR_NOT_FOUND when there is none. */
    bool (*load)(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err);
    bool (*keep)(void *ctx, const char *name, struct span bytes, struct err *err);
    /* Set for a director repository: timestamp, snapshot and targets must carry this "x-device", and targets
     * must not delegate. Checked before anything is kept. */
    const char *device;
    const struct tuf_verifier *verifier; /* NULL: Ed25519 only */
};

struct tuf_client;

/* Loads and checks the local trusted root before any fetch. */
bool tuf_client_open(struct arena *arena, const struct tuf_client_io *io, int64_t now_ms,
                     struct tuf_client **out, struct err *err) CHECKED;
/* Steps 2-6: root, timestamp, snapshot, targets. */
bool tuf_client_refresh(struct tuf_client *client, struct err *err) CHECKED;
/* Step 7. ERR_NOT_FOUND when no role names it. Refreshes first if that was not done. */
bool tuf_client_target(struct tuf_client *client, const char *path, struct tuf_target *out,
                       struct err *err) CHECKED;
/* After a refresh: the list of the top-level targets role (a director's assignment), the verified file of a
 * top-level role (NULL before), and whether target files carry plain names. */
bool tuf_client_targets(struct tuf_client *client, struct tuf_targets *out, struct err *err) CHECKED;
const struct tuf_file *tuf_client_file(const struct tuf_client *client, enum tuf_role role);
bool tuf_client_has_plain_names(const struct tuf_client *client);
/* After a refusal: what it was, or ATTACK_NONE when nobody tried anything. */
enum attack tuf_client_attack(const struct tuf_client *client);
/* Refusals of the workflow are ERR_FORBIDDEN (signature, threshold), ERR_CONFLICT (rollback, mix-and-match),
 * ERR_GONE (expired), ERR_TOO_LARGE, ERR_INVALID; `err` names file and rule.
 * A file that the repository names but does not have is ERR_IO: ERR_NOT_FOUND always means the target. */
