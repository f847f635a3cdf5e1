/* What a proxy in front says about the real client, believed only from the addresses in the settings and only
 * on the plain listener. Pure but for the arena. */
#pragma once

#include "http/http.h"

/* Is `peer` one of "10.0.0.1, ::1, 192.168.0.0/16"? */
bool forwarded_trusts(const char *list, const char *peer);
/* No rubbish in an authority that ends up in links: host[:port] or [v6][:port]. */
bool forwarded_authority_is_sound(const char *authority);
/* Overwrites scheme, authority, prefix and peer of `req` with what X-Forwarded-* say; unsound values are
 * ignored. The caller has checked that req->peer is trusted. */
void forwarded_apply(struct req *req, const char *trusted);
