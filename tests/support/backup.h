/* A device that makes backups: its identity, settings that differ from time to time, and the tus requests.
 * For any world that support_ask serves; the tenant must have a custody. */
#pragma once

#include "signing/age.h"
#include "signing/snapshot.h"
#include "support/api.h"

struct backer {
    struct support *s;
    const char *id;                /* controllerId; its token is "token-ID" */
    struct age_identity *identity; /* the device's own */
    char recipient[AGE_RECIPIENT_CHARS + 1];
    const char *model, *serial;
    int round; /* written into the settings: each backup differs from the one before */
};

/* A new active device with its recipient told. */
struct backer *backer_make(struct support *s, const char *controller_id);
/* "Authorization: ..." with more lines. */
const char *backer_headers(struct backer *b, const char *more);
struct answer backer_ask(struct backer *b, const char *method, const char *rest, const char *more,
                         const char *body);

/* Whom to seal to, as the service says and with its own: "age1... age1...". */
const char *backer_recipients(struct backer *b);
/* Two categories, addressbook (3 items) and network (1), of this round. */
struct snapshot backer_snapshot(struct backer *b);
/* As a sealed file; the round goes on. */
struct span backer_sealed(struct backer *b, const char *recipients);
/* Any plaintext. */
struct span backer_seal(struct backer *b, struct span plain, const char *recipients);
/* "key base64,..." from "key=value" pairs with a line each. */
const char *backer_metadata(struct backer *b, const char *lines);
/* What backer_sealed needs: trigger technician, and so on. */
const char *backer_said(struct backer *b, const char *recipients);

/* POST with all bytes: the answer of the request that brings the last one. */
struct answer backer_send(struct backer *b, struct span file, const char *metadata);
/* All of it; fails unless it is accepted. */
int64_t backer_backup(struct backer *b);
/* The sealed file as GET .../file gives it, opened by `by`: the plain tar, or empty when it does not open. */
struct span backer_opened(struct support *s, const struct age_identity *by, struct span file);
