/* What every domain verb may use: the store, the keys, the settings, and what is remembered between requests.
 * Made once by main.c; read-only afterwards, but for the caches, which guard themselves. */
#pragma once

#include "base/settings.h"
#include "store/blob.h"
#include "store/store.h"

struct seen;    /* domain/seen.h: last check-ins, flushed in batches */
struct custody; /* domain/custody.h: each tenant's online keys */
struct backups; /* domain/backup_identity.h: who opens backups here, and how far the rounds are */
struct bell;    /* domain/bell.h: who listens for news to a device */
struct answers; /* domain/answer.h: idempotency keys that could not be let go */
struct parser;  /* signing/parser.h: takes strangers' archives apart */
struct plans;   /* domain/plans.h: the running rollouts, ready for a check-in */

struct world {
    struct store *store;
    struct blobs *blobs;
    const struct settings *settings;
    struct seen *seen;
    struct custody *custody;
    struct plans *plans;
    struct answers *answers; /* NULL: such keys wait until they are stale */
    struct backups *backups; /* NULL: this program holds no keys of backups */
    const struct bell *bell; /* NULL: nobody */
    struct parser *parser;   /* NULL: archives are taken apart in this process */
    int64_t started_ms;      /* what was begun before and not finished will not be */
};

/* Who asks, as the gate found out. */
enum who_kind { WHO_NOBODY, WHO_IS_DEVICE, WHO_IS_GATEWAY, WHO_IS_OPERATOR };

struct device;
struct who {
    enum who_kind kind;
    int64_t tenant_id;
    const char *tenant;          /* its name */
    const char *name;            /* operator name, or controllerId */
    int role;                    /* enum role, for operators */
    const struct device *device; /* for devices that exist */
    const char *source;          /* peer address */
    const char *request_id;
    const char *key; /* its Idempotency-Key, or NULL */
};
