/* The entries of a package, one after the other, and nothing but regular files: what a tar can hold beyond
 * that is refused here, entry and rule by name. Knows no manifest. */
#pragma once

#include "signing/package_source.h"

struct package_entry {
    const char *name; /* passes manifest_file_check; good until the next entry */
    int64_t size;     /* as declared: to be compared with what comes */
};

struct package_tar;

/* `source` must outlive it. */
struct package_tar *package_tar_open(struct package_source *source, const struct package_limits *limits);
void package_tar_closep(struct package_tar **tar);
enum package_step package_tar_entry(struct package_tar *tar, struct package_entry *out,
                                    struct err *err) CHECKED;
/* The next bytes of the entry, never more than it declared, good until the next call. */
enum package_step package_tar_bytes(struct package_tar *tar, struct span *out, struct err *err) CHECKED;
