/* The tenant's TUF image repository: what is served is what was signed, checked by our own client, and
 * written in one transaction with the facts it speaks of. The service signs targets, snapshot and timestamp;
 * engineers sign what lies in their family. */
#pragma once

#include "base/json.h"
#include "domain/world.h"
#include "model/release.h"
#include "signing/tuf.h"
#include "store/tuf_files.h"

#define REPOSITORY_FAMILY_DAYS 365 /* life of a family's metadata and of targets */
#define REPOSITORY_TARGETS_DAYS 365

struct repository { /* whose, and when */
    struct world *world;
    struct arena *arena;
    int64_t tenant_id;
    const char *tenant;
    int64_t now_ms;
};

/* ---- inside a tx -------------------------------------------------------------- */
/* The first one: root 1 of the security officers, then targets, snapshot and timestamp of the service. */
bool repository_start(const struct repository *repository, struct err *err) CHECKED;
/* Families or their keys have changed: targets, snapshot and timestamp say so. Where people sign targets, the
 * next one waits for them instead, and the change reaches devices once they have published it. */
bool repository_resign(const struct repository *repository, struct err *err) CHECKED;
/* What people have signed becomes the repository's: a root, targets, or both at once. An empty span: not that
 * one. The gate has the last word. */
bool repository_take(const struct repository *repository, struct span root, struct span targets,
                     struct err *err) CHECKED;
/* What engineers sign so that the release joins its family: canonical bytes, kept beside the release. */
bool repository_stage(const struct repository *repository, const struct release *release,
                      struct err *err) CHECKED;
/* Stages every staged release of the family anew: what was signed before is void. A renewal that was waiting
 * is over. */
bool repository_restage(const struct repository *repository, const char *family, struct err *err) CHECKED;
/* The family's metadata must be signed again though nothing was released: it is at half of its life, or a key
 * was revoked under its threshold. Its newest published release then waits for signatures once more. Does
 * nothing when that is so already, or not needed. */
bool repository_renew(const struct repository *repository, const char *family, struct err *err) CHECKED;
/* The staged bytes become the family's metadata; snapshot and timestamp follow. The signatures are distinct,
 * valid and enough: the caller has counted, and the gate counts again. */
bool repository_publish(const struct repository *repository, const struct release *release,
                        const struct tuf_signature *signatures, size_t count, struct err *err) CHECKED;

/* ---- by themselves -------------------------------------------------------------- */
/* Every tenant: signs again what is at half of its life, and takes over the next root when the security
 * officers have put one into the trust folder. Called by the engine. */
bool repository_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;

/* ---- reading ---------------------------------------------------------------------- */
/* Prometheus lines: when each role expires. */
void repository_figures(struct world *world, struct buf *out);
/* A served file. ERR_NOT_FOUND also for an unknown tenant. */
bool repository_file(struct world *world, struct arena *arena, const char *tenant, const char *name,
                     struct span *out, int64_t *created_ms, struct err *err) CHECKED;
/* The module behind FAMILY/VERSION/HASH.FILE of a release that was published. */
bool repository_target(struct world *world, struct arena *arena, const char *tenant,
                       const char *const path[3], struct module *out, struct err *err) CHECKED;
/* The keys of a family that are not revoked. */
bool repository_family_keys(struct world *world, struct arena *arena, const struct family *family,
                            struct tuf_keys *out, struct err *err) CHECKED;
/* FAMILY/VERSION/FILE: what a device asks the repository for. */
const char *repository_path(struct arena *arena, const struct release *release, const struct module *module);
/* What a device compares before it believes that a file is for it, into an open object: in the image repository and in
 * the director's alike. */
void repository_custom(struct json_out *j, const struct release *release, const struct module *module);
