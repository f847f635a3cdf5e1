/* manifest.json of a package: read strictly, written canonically. The words are the manifest's own; README.md here
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
#define MANIFEST_CVES_MAX 64
#define MANIFEST_SIZE_MAX ((int64_t)1 << 50) /* of one file: sums of these cannot overflow */
#define MANIFEST_NAME "manifest.json"
#define MANIFEST_SBOM_NAME "sbom.cdx.json" /* how package_build calls it; readers take any name */

struct manifest_component {
    const char *name;    /* system engine scanner fax panel finisher hddata ...: [a-z0-9-]{1,32}, unique */
    const char *version; /* [A-Za-z0-9._+-]{1,64}, no leading dot */
    const char *file; /* archive entry: [A-Za-z0-9._+-]{1,128}, no leading dot, unique, not "manifest.json" */
    int64_t size;
    const char *sha256;
};

struct manifest {
    const char *family, *version, *min_version; /* min_version "" when any */
    int64_t counter;                            /* release counter, >= 1 */
    const char *const *models;                  /* none: every model of the family */
    size_t model_count;
    bool is_security;        /* "kind": "security" | "feature" */
    const char *const *cves; /* CVE-YYYY-N */
    size_t cve_count;
    int64_t minutes, reboots; /* declared effects */
    bool is_reversible;
    const char *notes; /* lines; on paper a list, so that canonical form stays JSON */
    const struct manifest_component *components;
    size_t component_count;
    const char *sbom_file, *sbom_sha256; /* NULL when there is none; CycloneDX JSON */
    int64_t sbom_size;
};

/* Refusals name the member and the rule; unknown members are refused by name. */
bool manifest_read(struct arena *arena, struct span bytes, struct manifest *out, struct err *err) CHECKED;
/* The same rules, then exactly the canonical bytes: no newline at the end. NULL texts are written as "". */
bool manifest_write(struct arena *arena, const struct manifest *manifest, struct span *out,
                    struct err *err) CHECKED;
/* The component whose archive entry is `file`, or whose name is `name`; NULL when there is none. */
const struct manifest_component *manifest_file(const struct manifest *manifest, const char *file);
const struct manifest_component *manifest_component(const struct manifest *manifest, const char *name);
/* Would this name do for an archive entry? */
bool manifest_file_check(const char *file, struct err *err) CHECKED;
bool manifest_component_check(const char *name, struct err *err) CHECKED;
/* <0, 0, >0 by dotted numeric parts, then text: 4.2.10 > 4.2.9 > 4.2.9-rc1. A preorder:
 * 4.02 and 4.2 are equal. NULL is "", which is lowest but for "-rc1". */
int version_compare(const char *a, const char *b);
