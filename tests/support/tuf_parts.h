/* One sound fact of each kind of metadata, for tests that change one thing of it. */
#pragma once

#include "support/tuf_repo.h"
#include "support/unit.h"

#define PARTS_SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define PARTS_EXPIRES (REPO_NOW_MS + 10 * REPO_DAY_MS)

/* A repository only for its keys, and the parts that the cases below change one by one. */
struct parts {
    struct key_public keys[8];
    struct tuf_root root;
    struct tuf_target target;
    struct tuf_delegation delegation;
    struct tuf_targets targets;
    struct tuf_meta meta[2], snapshot;
};

static const char *const tuf_patterns[] = {"mfp-3100/*/*"};

static inline struct parts *parts_new(struct unit *unit)
{
    struct repo *repo = repo_new(unit->arena);
    struct parts *p = ARENA_NEW(unit->arena, struct parts);

    for (int i = 0; i < 8; i++)
        p->keys[i] = *key_public(repo_key(repo, i + 1));
    p->root = (struct tuf_root){.version = 1, .expires_ms = PARTS_EXPIRES};
    p->root.roles[TUF_ROOT] = (struct tuf_keys){.keys = p->keys, .count = 3, .threshold = 2};
    p->root.roles[TUF_TIMESTAMP] = (struct tuf_keys){.keys = p->keys + 3, .count = 1, .threshold = 1};
    p->root.roles[TUF_SNAPSHOT] = p->root.roles[TUF_TIMESTAMP];
    p->root.roles[TUF_TARGETS] = (struct tuf_keys){.keys = p->keys + 4, .count = 2, .threshold = 2};
    p->target = (struct tuf_target){
        .path = "mfp-3100/4.2.1/main.swu",
        .length = 83886080,
        .sha256 = PARTS_SHA,
        .custom = span_of("{\"version\":\"4.2.1\",\"release_counter\":42,\"hardware_ids\":[\"MFP-3100\"]}")};
    p->delegation = (struct tuf_delegation){.name = "mfp-3100",
                                            .keys = {.keys = p->keys + 6, .count = 2, .threshold = 1},
                                            .paths = tuf_patterns,
                                            .path_count = 1};
    p->targets = (struct tuf_targets){.version = 7,
                                      .expires_ms = PARTS_EXPIRES,
                                      .targets = &p->target,
                                      .target_count = 1,
                                      .delegations = &p->delegation,
                                      .delegation_count = 1};
    p->meta[0] = (struct tuf_meta){.name = "targets.json", .version = 7};
    p->meta[1] = (struct tuf_meta){.name = "mfp-3100.json", .version = 3, .length = 900, .sha256 = PARTS_SHA};
    p->snapshot =
        (struct tuf_meta){.name = "snapshot.json", .version = 12, .length = 400, .sha256 = PARTS_SHA};
    return p;
}
