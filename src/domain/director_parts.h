/* What the director's files share: its keys in service custody, its chain of roots, and one device's files
 * inside a tx. Private to the director files and the ceremony. */
#pragma once

#include "domain/director.h"
#include "signing/signer.h"
#include "store/directors.h"

/* ---- keys: DIR/trust/TENANT/director/ ---------------------------------------------------- */

bool director_path(const struct repository *of, const char *name, const char **out, struct err *err) CHECKED;
/* "2.root.json" in there. */
bool director_root_path(const struct repository *of, int64_t version, const char **out,
                        struct err *err) CHECKED;
/* Does the root key that rests there speak for this root alone? */
bool director_holds(const struct repository *of, const struct tuf_root *root);
/* Which online key the root in force names. SIGNER_ONLINE_NEXT: the key before is in the hands of those who
 * have not seen that root yet. */
bool director_key_now(const struct repository *of, struct signer *signer, enum signer_key *out,
                      struct err *err) CHECKED;
/* After a new root: a root key that it does not name is destroyed, for machines that know an older root would
 * still believe it; an online key that gave way is, when those who hold the root before had time to come
 * again. May be repeated. */
bool director_settle(const struct repository *of, struct err *err) CHECKED;

/* ---- roots -------------------------------------------------------------------------------- */

/* version 0: there is none. */
bool director_last_root(const struct repository *of, struct director_root *out, struct err *err) CHECKED;
bool director_root_read(const struct repository *of, struct span bytes, struct tuf_file *file,
                        struct tuf_root *root, struct err *err) CHECKED;
/* What a client asks of it: the version after `last`, signed by its own keys and by those before. */
bool director_root_check(const struct repository *of, const struct director_root *last, struct span bytes,
                         struct tuf_root *out, struct err *err) CHECKED;
/* Inside a tx: checked, and in force. */
bool director_root_put(const struct repository *of, const struct director_root *last, struct span bytes,
                       struct err *err) CHECKED;

/* ---- one device's files, inside a tx -------------------------------------------------------- */

/* Signs what must be signed, with the key that the root in force names. */
bool director_sign(const struct repository *of, const struct device *device, struct err *err) CHECKED;
/* What was signed: any file of the repository but a timestamp that is due. */
bool director_stored(struct world *world, struct arena *arena, const struct device *device, const char *name,
                     struct director_file *out, struct err *err) CHECKED;

/* The publish gate: a machine of the tenant that has followed until now, opened while the root before is in
 * force; then a new root is put, and our own client must accept what comes of it, from root 1 and as that
 * machine. A tenant without machines passes: the chain was checked. */
struct director_gate {
    struct repository of;
    struct device device; /* id 0: the tenant has none */
    struct span before[TUF_ROLE__MAX];
};
bool director_gate_open(struct director_gate *gate, const struct repository *of, struct err *err) CHECKED;
bool director_gate_pass(const struct director_gate *gate, struct err *err) CHECKED;
