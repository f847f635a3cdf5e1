/* Throw-away certificates for tests, P-256. */
#pragma once

/* Into `dir`: ca.pem; server.pem, server.key (SAN localhost, 127.0.0.1); client.pem, client.key (CN
 * printer-1, SAN printer-1.local and urn:mfp:1), signed by the CA; stranger.pem, stranger.key, the same names
 * signed by itself. Fails the running test when it cannot. */
void support_cert_make(const char *dir);
/* server.pem and server.key anew, for reload; common name as given. */
void support_cert_renew(const char *dir, const char *common_name);
