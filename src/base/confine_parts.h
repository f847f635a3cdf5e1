/* Between the files of the confinement. */
#pragma once

#include "base/confine.h"

/* AddressSanitizer and ThreadSanitizer map, open and clone as they please. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONFINE_IS_SANITIZED 1
#endif
#endif
#ifndef CONFINE_IS_SANITIZED
#define CONFINE_IS_SANITIZED 0
#endif

/* Landlock. ERR_NOT_FOUND: this kernel has none. */
bool confine_paths_apply(const struct confine *confine, struct err *err) CHECKED;
/* seccomp, for all threads. ERR_NOT_FOUND: this kernel has none, or this build takes none. *count: the calls that are
 * left. */
bool confine_calls_apply(enum confine_profile profile, int *count, struct err *err) CHECKED;
/* One that was made before, for this thread. */
bool confine_filter_apply(const struct confine_filter *filter, struct err *err) CHECKED;
