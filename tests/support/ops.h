/* The release side for tests: a bootstrapped tenant with a trust folder, operators of every role, a family
 * with engineers' keys, packages, and uploads. Everything is a fixed seed, so that failures repeat. */
#pragma once

#include "signing/key.h"
#include "signing/tuf_client.h"
#include "support/api.h"

#define OPS_KEYS 4 /* engineers 0..2 are registered for "aurora", threshold 2; 3 is a stranger */
#define OPS_FAMILY "aurora"

struct ops {
    struct support s;
    struct key *engineers[OPS_KEYS];
    struct key *roots[3], *online, *targets;
};

struct ops_component {
    const char *name, *file, *bytes;
};
struct ops_package {
    const char *version;
    int64_t counter;
    const char *model; /* NULL: all of the family */
    bool has_sbom;
    struct ops_component components[3]; /* ended by a NULL name; none: system alone */
};

/* Models A and B; the operators' tokens are "token-viewer", ... "token-admin". */
struct ops *ops_world(struct arena *arena);
/* As after a restart: everything in memory is gone. */
void ops_reopen(struct ops *ops);
/* Asks as somebody of that role ("" : nobody). */
struct answer ops_ask(struct ops *ops, const char *role, const char *method, const char *target,
                      const char *body);

struct span ops_package(struct ops *ops, const struct ops_package *package);
/* Uploaded in one piece; its id. */
const char *ops_upload(struct ops *ops, struct span bytes);
/* Uploaded and made a release; the answer to POST /releases. */
struct answer ops_release(struct ops *ops, struct span bytes);
/* A staged release of this version; its id. */
int64_t ops_staged(struct ops *ops, const char *version, int64_t counter);
/* Engineer `no` signs what the release waits for. */
struct answer ops_sign(struct ops *ops, int64_t release_id, int no);
struct answer ops_publish(struct ops *ops, int64_t release_id);
/* Staged, signed by engineers 0 and 1, and published; its id. */
int64_t ops_published(struct ops *ops, const char *version, int64_t counter);

/* A calendar and a blackout date as the doors take them. */
#define OPS_CALENDAR                                                                                         \
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260921\r\nDTEND;VALUE=DATE:20260923\r\n"        \
    "SUMMARY:Fair\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
#define OPS_BLACKOUT                                                                                         \
    "{\"customer\":\"Roux\",\"from\":\"2026-12-01\",\"to\":\"2026-12-31\",\"reason\":\"season\"}"
struct answer ops_calendar(struct ops *ops, const char *name, const char *text);

/* A stock client that has only root 1 and asks through the doors. */
bool ops_client_target(struct ops *ops, const char *path, struct tuf_target *out, struct err *err);
/* The served root file of a next version, signed by the old and the new root keys; put into the trust folder.
 */
void ops_rotate_online(struct ops *ops, int64_t version);
