/* manifest.json of a package: read strictly, written canonically. The words are design.md's; README.md here
 * has the format with an example. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define MANIFEST_FORMAT "nightshift-package-1"
#define MANIFEST_BYTES_MAX (256 * 1024)
#define MANIFEST_COMPONENTS_MAX 32
#define MANIFEST_MODELS_MAX 64
#define MANIFEST_NOTES_MAX 16384

struct manifest_component {
    const char *name;    /* system engine scanner fax panel finisher hddata ...: [a-z0-9-]{1,32}, unique */
    const char *version; /* [A-Za-z0-9._+-]{1,64} */
    const char *file;    /* archive entry: [A-Za-z0-9._+-]{1,128}, unique, not "manifest.json" */
    int64_t size;
    const char *sha256;
};

struct manifest {
    const char *family, *version, *min_version; /* min_version "" when any */
    int64_t counter;                            /* release counter, >= 1 */
    const char *const *models;
    size_t model_count;
    bool is_security;                           /* "kind": "security" | "feature" */
    const char *const *cves;                    /* CVE-YYYY-N */
    size_t cve_count;
    int64_t minutes, reboots;                   /* declared effects */
    bool is_reversible;
    const char *notes;
    const struct manifest_component *components;
    size_t component_count;
    const char *sbom_file, *sbom_sha256;        /* NULL when there is none; CycloneDX JSON */
    int64_t sbom_size;
};

bool manifest_read(struct arena *arena, struct span bytes, struct manifest *out, struct err *err) CHECKED;
bool manifest_write(struct arena *arena, const struct manifest *manifest, struct span *out, struct err *err) CHECKED;
/* <0, 0, >0 by dotted numeric parts, then text: 4.2.10 > 4.2.9 > 4.2.9-rc1. */
int version_compare(const char *a, const char *b);
