/* What the files of `trust` share. */
#pragma once

#include "signing/tuf.h"
#include "tools/nightshift/cli.h"

struct trust_text { /* a root, or a targets with its delegations, read strictly */
    enum tuf_role role;
    const char *paper; /* "root", "targets" or "director-root": what the service calls it */
    struct tuf_root root;
    struct tuf_targets targets;
    int64_t version, expires_ms;
    char digest[65]; /* of what is signed */
};

/* Bytes to sign: canonical, or ERR_FORBIDDEN. */
bool trust_text_read(struct arena *arena, struct span bytes, struct trust_text *out, struct err *err) CHECKED;
/* A file in force: with its signatures around it. */
bool trust_file_read(struct arena *arena, struct span bytes, struct trust_text *out, struct err *err) CHECKED;
/* To stderr: what it says, and what would change. `before` NULL: not known here. */
void trust_explain(struct cli *cli, const struct trust_text *text, const struct trust_text *before);

/* MISUSE unless root, targets or director-root. */
bool trust_role_word(struct cli *cli, size_t no, const char **out, struct err *err) CHECKED;
