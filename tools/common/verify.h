/* Signatures by ECDSA P-256 and RSA-PSS keys, as other people's TUF repositories have them: for the
 * conformance entry point only. Refuses to know Ed25519, which is ours, and which is all that production
 * trusts. */
#pragma once

#include "signing/tuf.h"

/* `ecdsa-sha2-nistp256` (SPKI PEM, DER signature) and `rsassa-pss-sha256` (SPKI PEM of 2048 bits and more,
 * salt as long as the digest). Any other kind, and any key or signature that does not read, has not signed.
 */
extern const struct tuf_verifier verify_other_keys;
