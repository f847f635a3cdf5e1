/* What was signed already, of one repository, so that it is never signed lower: on disk before a signature leaves.
 *
 * An image repository's versions are few and kept as they are. A director has three files for each device and signs
 * when asked, so they are kept in memory, and on disk only a bound that all of them are below, raised a minute ahead:
 * one fsync a minute, none per signature. Whoever starts again, or has more devices than fit, goes on above what is
 * known to be above all: versions skip, and never fall. */
#pragma once

#include "signing/signer_law.h"

#define SIGNER_FLOOR_DEVICES 24576 /* of a director, remembered one by one */
#define SIGNER_FLOOR_AHEAD 60      /* a director's versions are at least the seconds of their day */

struct signer_floors;

/* DIR is made when something is kept. ERR_CORRUPT: what lies there is not ours. */
bool signer_floors_open(struct signer_floors **out, const char *dir, bool is_director,
                        struct err *err) CHECKED;
/* A director's bound is lowered to what was signed: only a crash skips versions. */
void signer_floors_closep(struct signer_floors **floors);
/* The last record of the tenant's audit log that was on disk, as the service told: its number and digest. An image
 * repository's. It only rises. */
void signer_floors_witness(const struct signer_floors *floors, struct signer_floor *out);
bool signer_floors_tell(struct signer_floors *floors, int64_t no, const char *digest,
                        struct err *err) CHECKED;
/* device: "" but for a director's files. */
void signer_floors_get(const struct signer_floors *floors, enum tuf_role role, const char *device,
                       struct signer_floor *out);
bool signer_floors_raise(struct signer_floors *floors, enum tuf_role role, const char *device,
                         int64_t version, const char *digest, struct err *err) CHECKED;
