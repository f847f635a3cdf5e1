/* The online keys become the signer's: what a service that was started as root gives away before it lets the
 * signer go. Knows which files those are, and leaves all others as they are. */
#pragma once

#include <sys/types.h>

#include "base/err.h"

struct passwd;

/* Keys in DIR/trust/TENANT and DIR/trust/TENANT/director become `uid`'s, and DIR/signer; the folders of the keys are
 * its and the service's together (`gid`). DIR and DIR/trust can be passed through by everybody afterwards, and read by
 * nobody new. */
bool signer_files_give(const char *dir, uid_t uid, gid_t gid, struct err *err) CHECKED;
/* DIR/signer, for who the service will be; NULL: as it is. */
bool signer_files_make(const char *dir, const struct passwd *user, struct err *err) CHECKED;
