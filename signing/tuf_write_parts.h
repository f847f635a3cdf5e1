/* What the writers of the metadata kinds share: a `signed` under way, keys and roles. */
#pragma once

#include "base/buf.h"
#include "base/json.h"
#include "signing/tuf.h"

struct tuf_body { /* stays where it is between open and close: json points into it */
    struct buf buf;
    struct json_out json;
    enum tuf_role role;
};

/* The members every role has; device NULL: none. */
bool tuf_body_open(struct tuf_body *body, struct arena *arena, enum tuf_role role, int64_t version,
                   int64_t expires_ms, const char *device, struct err *err) CHECKED;
/* Canonical bytes, servable as JSON, below the size every client takes. */
bool tuf_body_close(struct tuf_body *body, struct span *out, struct err *err) CHECKED;

/* Plain keys, no key twice, a threshold that can be met. */
bool tuf_write_keys_check(struct arena *arena, const struct tuf_keys *keys, const char *what,
                          struct err *err) CHECKED;
void tuf_write_key(struct json_out *json, struct arena *arena, const struct key_public *key);
void tuf_write_role(struct json_out *json, const struct tuf_keys *keys);
