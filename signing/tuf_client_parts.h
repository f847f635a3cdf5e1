/* What tuf_client.c, tuf_pinned.c and tuf_search.c share: the client's state and the one way to get a file
 * whose version another file has pinned. */
#pragma once

#include "signing/tuf_client.h"

/* A role that this run has verified. Its delegator's keys tell it from the same role by another delegator,
 * which must be verified anew: they are the same object only on the same way. */
struct tuf_known_role {
    struct tuf_known_role *next;
    const char *name;
    const struct tuf_keys *keys;
    struct tuf_targets targets;
};

struct tuf_client {
    struct arena *arena;
    struct tuf_client_io io;
    int64_t now_ms; /* one time for the whole run */
    struct tuf_root root;
    struct tuf_meta *entries; /* of the snapshot */
    size_t entry_count;
    struct tuf_targets targets;
    struct tuf_file files[TUF_ROLE__MAX];
    bool has_file[TUF_ROLE__MAX];
    bool is_fresh;
    struct tuf_known_role *known;
    enum attack attack; /* of the refusal that is on its way up */
};

struct tuf_pin {
    const char *stem; /* percent-encoded role name: STEM.json is kept, VERSION.STEM.json is fetched */
    const char *type;
    const struct tuf_keys *keys; /* of the delegator on this path */
    struct tuf_meta meta;
    int64_t bytes_max; /* when meta gives no length */
    bool is_device_bound;
    /* Reads the body into `out` and compares it with the old file (NULL when there is none that verifies). */
    bool (*accept)(struct tuf_client *client, void *out, const struct tuf_file *old,
                   const struct tuf_file *file, struct err *err);
    void *out;
};

/* FAIL, and what was tried. */
#define TUF_ATTACK(client, what, err, ...) ((client)->attack = (what), FAIL((err), __VA_ARGS__))
/* Names what a failed check has refused. False, so that it stands behind one. */
static inline bool tuf_attacked(struct tuf_client *client, enum attack attack)
{
    client->attack = attack;
    return false;
}

/* The local copy when it is the pinned one and still good; else fetched, checked and kept. */
bool tuf_pinned_get(struct tuf_client *client, const struct tuf_pin *pin, struct tuf_file *out,
                    struct err *err) CHECKED;

/* Local copy that reads and verifies; *has is false when there is none. */
bool tuf_local_get(struct tuf_client *client, const struct tuf_pin *pin, struct tuf_file *out,
                   struct span *bytes, bool *has, struct err *err) CHECKED;
/* At most `max` bytes of a file that must exist. */
bool tuf_remote_get(struct tuf_client *client, const char *name, int64_t max, struct span *out,
                    struct err *err) CHECKED;
/* Reads and verifies what was fetched, device binding included. */
bool tuf_fetched_check(struct tuf_client *client, const struct tuf_pin *pin, struct span bytes,
                       struct tuf_file *out, struct err *err) CHECKED;
bool tuf_fresh_check(struct tuf_client *client, const struct tuf_file *file, struct err *err) CHECKED;
bool tuf_accept_targets(struct tuf_client *client, void *out, const struct tuf_file *old,
                        const struct tuf_file *file, struct err *err) CHECKED;
/* Of entries sorted by name. */
const struct tuf_meta *tuf_entry_find(const struct tuf_meta *entries, size_t count, const char *name);
