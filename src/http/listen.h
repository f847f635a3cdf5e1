/* A listening socket. */
#pragma once

#include "base/err.h"

/* `address` is numeric, v4 or v6. Port 0 picks a free one; *bound says which. */
bool listen_open(const char *address, int64_t port, int *fd, int64_t *bound, struct err *err) CHECKED;
/* The address as text; a v4 address inside v6 is shown as v4. `out` has 48 bytes. */
struct sockaddr;
void listen_peer_text(const struct sockaddr *address, char out[48]);
