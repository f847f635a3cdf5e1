/* A TUF repository and a client's local folder, both in memory: written with our writer, served and kept
 * through the client's callbacks. Tests bend it into each attack. Keys are numbers: key n has the seed n n n
 * ... */
#pragma once

#include "base/buf.h"
#include "signing/tuf_client.h"

#define REPO_FILES_MAX 600
#define REPO_NODES_MAX 40
#define REPO_WHO_MAX 8
#define REPO_KEYS_MAX 64
#define REPO_NOW_MS INT64_C(1788344100000) /* 2026-09-02T10:15:00Z */
#define REPO_DAY_MS INT64_C(86400000)

/* Key numbers, ended by 0. */
#define WHO(...) ((const int[]){__VA_ARGS__, 0})

struct repo_file {
    const char *name;
    struct span bytes;
};

struct repo_who {
    int keys[REPO_WHO_MAX];
    size_t count;
    int64_t threshold;
};

struct repo_node { /* a targets role; the first one is "targets" */
    const char *name;
    struct repo_who who; /* who signs its file */
    int64_t version;
    const char *paths[8];
    struct tuf_target wholes[8]; /* beside each: what is listed, or no path: made up from its name */
    size_t path_count;
    bool is_left_out; /* of the snapshot */
};

struct repo_edge { /* a delegation */
    const char *from, *to, *pattern;
    struct repo_who who; /* whom `from` trusts with it */
    bool is_passing;
};

struct repo {
    struct arena *arena;
    int64_t now_ms;
    struct repo_file remote[REPO_FILES_MAX], local[REPO_FILES_MAX];
    size_t remote_count, local_count;
    struct buf requests; /* "2.root.json timestamp.json " */
    int keeps_left;      /* the next keeps work, then one fails; negative: all work */
    bool is_endless;     /* answers with more than was allowed */
    struct key *keys[REPO_KEYS_MAX];
    struct repo_who who[TUF_ROLE__MAX], old_root;
    int64_t version[TUF_ROLE__MAX], expires_ms[TUF_ROLE__MAX];
    struct repo_node nodes[REPO_NODES_MAX];
    size_t node_count;
    struct repo_edge edges[REPO_NODES_MAX];
    size_t edge_count;
    const char *device, *trusts_device;
    const struct tuf_verifier *verifier;
    bool has_plain_names;
};

/* Root 1 signed by keys 1 and 2 (both needed), timestamp by 3, snapshot by 4, targets by 5; one target
 * mfp/1.0/main.bin; everything published, and root 1 trusted by the client. */
struct repo *repo_new(struct arena *arena);
const struct key *repo_key(struct repo *repo, int number);
void repo_who(struct repo *repo, enum tuf_role role, int64_t threshold, const int *keys);
struct repo_node *repo_node(struct repo *repo, const char *name, const int *keys);
void repo_edge(struct repo *repo, const char *from, const char *to, const char *pattern, const int *keys,
               bool is_passing);
void repo_target(struct repo *repo, const char *role, const char *path);
/* With length, digest and custom of its own; what of that path was there before is no more. */
void repo_target_as(struct repo *repo, const char *role, const struct tuf_target *target);

/* An envelope around canonical bytes (or any JSON), signed by these keys. */
struct span repo_sign(struct repo *repo, struct span body, const int *keys);
void repo_put(struct repo *repo, const char *name, struct span bytes);
struct span repo_get(const struct repo *repo, const char *name);
struct span repo_local(const struct repo *repo, const char *name); /* at NULL when there is none */
void repo_keep(struct repo *repo, const char *name, struct span bytes);
struct repo_file *repo_find(struct repo_file *files, size_t count, const char *name); /* NULL when absent */
void repo_forget(struct repo *repo, const char *name); /* the repository loses a file */

/* The first `from` in what a served file signs becomes `to`, and it is signed again by whom the attacker has.
 */
void repo_forge(struct repo *repo, const char *name, const char *from, const char *to, const int *keys);

/* The next root, signed by the keys of the one before and its own. */
void repo_publish_root(struct repo *repo);
/* The next version of every other role. */
void repo_publish(struct repo *repo);
void repo_publish_timestamp(struct repo *repo); /* only that, naming the snapshot as it is served */
void repo_publish_snapshot(struct repo *repo);  /* and the timestamp */

/* What the client does: a new one each time, as after a restart. */
struct tuf_client_io repo_io(struct repo *repo);
bool repo_refresh(struct repo *repo, struct err *err) CHECKED;
bool repo_lookup(struct repo *repo, const char *path, struct tuf_target *out, struct err *err) CHECKED;
/* What was asked for since the last call. */
const char *repo_requests(struct repo *repo);
/* Version of a kept file, 0 when there is none. */
int64_t repo_kept_version(struct repo *repo, const char *name);
