/* No key serves both repositories, now or ever before: a root that the keys of the other could sign would pass for the
 * other's, on a machine that waits for that version. Knows no ceremony: also a root that was put into the trust folder
 * by hand comes through here. */
#pragma once

#include "domain/repository.h"

/* ERR_INVALID names a key of `root` that a root of the other repository has named, and what to do. is_director: `root`
 * is to be the director's. */
bool trust_apart(const struct repository *of, bool is_director, const struct tuf_root *root,
                 struct err *err) CHECKED;
/* The same against one root that is not in force yet. */
bool trust_apart_from(bool is_director, const struct tuf_root *root, const struct tuf_root *other,
                      struct err *err) CHECKED;
