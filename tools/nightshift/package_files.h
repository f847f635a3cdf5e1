/* What the package commands share: a package and its manifest shown, digests of files, progress once it takes
 * a while. */
#pragma once

#include "signing/package.h"
#include "tools/common/progress.h"
#include "tools/nightshift/cli.h"

/* Says nothing for the first two seconds: most packages are done by then. */
struct slow {
    struct progress progress;
    bool has_talked;
};
void slow_begin(struct slow *slow, const char *what);
void slow_tell(void *ctx, int64_t done, int64_t total); /* ctx is the slow */
void slow_end(struct slow *slow);

/* Size and SHA-256 of a file; ERR_GONE when interrupted. */
bool package_digest(struct cli *cli, const char *path, int64_t *size, const char **sha256,
                    struct err *err) CHECKED;
/* To stdout: for people, or with --json {"file","size","sha256","manifest"}; sha256 may be NULL. */
bool package_print(struct cli *cli, const char *path, int64_t size, const char *sha256,
                   const struct manifest *manifest, struct err *err) CHECKED;
