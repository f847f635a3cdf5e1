/* Releases: from an upload to what devices may be offered.
 *
 *   upload --release_make--> staged --enough signatures, release_publish--> published --release_withdraw-->
 * withdrawn
 *                               +------------------------release_withdraw--------------------------------------^
 *
 * A release is immutable from the moment it is made: same family and version with other bytes is a conflict.
 * What it waits for is signatures of distinct engineers over the family's next TUF metadata. */
#pragma once

#include "base/json.h"
#include "domain/world.h"
#include "model/release.h"
#include "store/releases.h"

struct release_view {
    struct release release;
    const struct module *modules;
    size_t module_count;
    const struct release_signature *signatures;
    const char *const *signers; /* the name of each signature's key */
    size_t signature_count;
    int64_t threshold;
};

/* For a file that is not one of our packages; of our own, only the upload counts. */
struct release_wish {
    const char *upload;
    const char *family, *version, *component, *filename; /* NULL: not said */
    const struct json *models;                           /* NULL: all of the family */
    int64_t counter, minutes;
    bool is_security;
};

/* *is_new false: the same package was handed in before, this is its release. On success the upload is gone.
 */
bool release_make(struct world *world, const struct who *who, struct arena *arena,
                  const struct release_wish *wish, int64_t now_ms, struct release_view *out, bool *is_new,
                  struct err *err) CHECKED;

bool release_get(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                 struct release_view *out, struct err *err) CHECKED;
/* Newest first, without manifests. */
bool release_list(struct world *world, const struct who *who, struct arena *arena,
                  const struct release_filter *filter, struct release_view **out, size_t *count,
                  struct err *err) CHECKED;
/* The blob of its SBOM; ERR_NOT_FOUND when it came without one. */
bool release_sbom(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                  const char **sha256, struct err *err) CHECKED;

/* The bytes that engineers sign: canonical metadata of the family, with this release in it. */
bool release_to_sign(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                     struct span *out, struct err *err) CHECKED;
/* Verified when handed in: ERR_FORBIDDEN names the key that is unknown, revoked, or did not sign these bytes.
 */
bool release_sign(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                  const char *keyid, const char *sig, int64_t now_ms, struct release_view *out,
                  struct err *err) CHECKED;
/* ERR_CONFLICT says what is missing. Publishing what is published changes nothing. */
bool release_publish(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                     int64_t now_ms, struct release_view *out, struct err *err) CHECKED;
/* Offered to nobody any more; leaves the family's metadata when that is next published. */
bool release_withdraw(struct world *world, const struct who *who, struct arena *arena, int64_t id,
                      int64_t now_ms, struct release_view *out, struct err *err) CHECKED;

/* May this version follow what the family has published? A lower version needs a higher counter, and the
 * counter never falls. */
bool release_follows(struct world *world, struct arena *arena, const struct release *release,
                     struct err *err) CHECKED;
