/* Certificates and keys as files become credentials as memory. */
#pragma once

#include "http/tls_conn.h"

bool tls_cred_load(struct tls_cred **out, const struct tls *tls, struct err *err) CHECKED;
struct tls_cred *tls_cred_use(struct tls *tls); /* the current one, one user more */
void tls_cred_drop(struct tls_cred *cred);
