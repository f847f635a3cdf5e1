/* nightshift-agent tuf: a plain TUF client with the command line of the TUF client conformance suite. It runs
 * the same client as the agent does, over HTTP and a folder, and also takes the signatures of ECDSA P-256 and
 * RSA-PSS keys, which the agent never does (--ed25519-only: nor does this). Refuses to know what targets mean.
 *
 *   tuf --metadata-dir MD init TRUSTED_ROOT
 *   tuf --metadata-dir MD --metadata-url URL refresh
 *   tuf --metadata-dir MD --metadata-url URL --target-name T... --target-dir TD --target-base-url URL
 * download */
#pragma once

/* argv[0] is "tuf". Returns 0 or 1, never another. */
int tuf_mode(int argc, char **argv);
