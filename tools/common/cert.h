/* Certificates for tests and first days: a P-256 CA of one's own, server and client certificates from it, in
 * PEM. Refuses to keep a key anywhere but where the caller puts it. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct cert {
    struct span pem;     /* one certificate */
    struct span key_pem; /* its private key, unencrypted: for a file of mode 0600 */
};

#define CERT_DAYS_CA 3650
#define CERT_DAYS_SERVER 825
#define CERT_NAMES_MAX 16

/* Valid from an hour before now_ms. The key's bytes are wiped when the arena ends. */
bool cert_make_ca(struct arena *arena, const char *common_name, int64_t now_ms, int64_t days,
                  struct cert *out, struct err *err) CHECKED;
/* names: DNS names and IP addresses, at least one; the first is the common name, too. */
bool cert_make_server(struct arena *arena, const struct cert *ca, const char *const *names, size_t count,
                      int64_t now_ms, int64_t days, struct cert *out, struct err *err) CHECKED;
bool cert_make_client(struct arena *arena, const struct cert *ca, const char *common_name, int64_t now_ms,
                      int64_t days, struct cert *out, struct err *err) CHECKED;
