/* A release: a package the service has accepted; its modules: the components, as DDI software modules. */
#pragma once

#include "base/base.h"

enum release_state {
    RELEASE_STAGED,    /* checked; collects signatures */
    RELEASE_PUBLISHED, /* immutable from here */
    RELEASE_WITHDRAWN, /* offered to nobody any more */
    RELEASE_STATE__MAX
};
extern const char *const release_state_name[RELEASE_STATE__MAX];
bool release_state_parse(const char *text, enum release_state *out);

struct release {
    int64_t id, tenant_id;
    const char *family, *version;
    int64_t counter;
    enum release_state state;
    bool is_foreign, is_security;
    const char *min_version;
    int64_t minutes, reboots;
    bool is_reversible;
    const char *models;   /* JSON list */
    const char *manifest; /* canonical JSON */
    const char *package_sha256;
    int64_t package_size;
    const char *sbom_sha256;
    const char *to_sign;
    int64_t to_sign_version;
    const char *created_by;
    int64_t created_ms, published_ms, withdrawn_ms;
};

struct module {
    int64_t id, tenant_id, release_id;
    const char *component, *version, *filename;
    int64_t size;
    const char *sha256, *sha1, *md5;
    int64_t position;
};

struct release_signature {
    int64_t release_id;
    const char *keyid, *sig, *signed_by;
    int64_t created_ms;
};

struct family {
    int64_t id, tenant_id;
    const char *name;
    int64_t threshold;
    const char *models; /* JSON list */
    int64_t created_ms;
};

struct engineer_key {
    int64_t family_id;
    const char *keyid, *public_hex, *name;
    int64_t registered_ms, revoked_ms;
};

struct upload {
    const char *id;
    int64_t tenant_id;
    const char *owner;
    int64_t length, received; /* length -1: deferred */
    const char *metadata;
    int64_t created_ms, expires_ms;
};
