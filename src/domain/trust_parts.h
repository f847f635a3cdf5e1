/* What stands and what waits, read once for each verb of trust.c. Private to the trust files. */
#pragma once

#include "domain/director_parts.h"
#include "domain/repository_stage.h"
#include "domain/trust.h"

struct chain { /* of roots */
    struct tuf_root now, next;
    bool is_there, has_next;
};
struct ceremony {
    struct stage stage;
    struct chain image, director;
    struct director_root director_root; /* in force, as it rests */
    struct trust_view view;
};

bool ceremony_open(struct ceremony *out, struct world *world, const struct who *who, struct arena *arena,
                   int64_t now_ms, struct err *err) CHECKED;
/* NULL: nothing waits for that role. */
const struct trust_waiting *ceremony_waiting(const struct ceremony *c, enum trust_paper paper);
const struct chain *ceremony_chain(const struct ceremony *c, enum trust_paper paper);
/* The root that waits, else the one in force: whose keys a waiting targets is judged by. */
const struct tuf_root *chain_head(const struct chain *chain);
/* Whose signatures a paper carries: the role of its root. */
enum tuf_role trust_role_of(enum trust_paper paper);

/* Inside a tx: the paper waits from now on. */
bool trust_ask(const struct stage *stage, enum trust_paper paper, int64_t version, int64_t expires_ms,
               struct span bytes, const char *by, struct err *err) CHECKED;
/* What waits, with those of its signatures that `keys` or `more` stand behind. */
bool trust_envelope(const struct ceremony *c, const struct trust_waiting *w, const struct tuf_keys *keys,
                    const struct tuf_keys *more, struct span *out, struct err *err) CHECKED;
/* A root that is or was in force: of the image repository, or with TRUST_DIRECTOR_ROOT of the director. */
bool trust_root_at(struct ceremony *c, enum trust_paper paper, int64_t version, struct tuf_root *out,
                   struct err *err) CHECKED;
/* trust_progress.c: into the view, for each role of which a root has dropped a key. */
bool trust_progress(struct ceremony *c, struct err *err) CHECKED;
/* ERR_INVALID names a key of `root` that any root of the other repository has named. */
bool trust_keeps_apart(struct ceremony *c, enum trust_paper paper, const struct tuf_root *root,
                       struct err *err) CHECKED;

/* ---- the director's, in trust_director.c ---- */
bool trust_director_read(struct ceremony *c, struct err *err) CHECKED;
bool trust_director_ask(struct ceremony *c, const struct trust_wish *wish, const char *by,
                        struct err *err) CHECKED;
bool trust_director_publish(struct ceremony *c, const struct trust_waiting *w, struct err *err) CHECKED;
