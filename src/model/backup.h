/* A backup: a device's settings as it sealed them, and who may open it. Plain facts; what is inside is not
 * among them. */
#pragma once

#include "base/base.h"

enum backup_custody {
    BACKUP_CUSTODY_NONE, /* the tenant takes no backups yet */
    BACKUP_CUSTODY_SERVICE,
    BACKUP_CUSTODY_CUSTOMER, /* the service knows the recipient only */
    BACKUP_CUSTODY__MAX
};
extern const char *const backup_custody_name[BACKUP_CUSTODY__MAX];
bool backup_custody_parse(const char *text, enum backup_custody *out);

enum backup_trigger {
    BACKUP_SCHEDULE,
    BACKUP_TECHNICIAN, /* asked for from afar */
    BACKUP_PANEL,      /* asked for at the machine */
    BACKUP_BEFORE_UPDATE,
    BACKUP_AFTER_UPDATE,
    BACKUP_BEFORE_RESTORE,
    BACKUP_AFTER_RESTORE,
    BACKUP_TRIGGER__MAX
};
extern const char *const backup_trigger_name[BACKUP_TRIGGER__MAX];
bool backup_trigger_parse(const char *text, enum backup_trigger *out);

/* Who opens a tenant's backups. While a move is under way `next_*` say where it goes. */
struct backup_key {
    int64_t tenant_id;
    enum backup_custody custody, next_custody; /* next_custody NONE: no move is under way */
    const char *recipient, *next_recipient;    /* "age1..." or "" */
    int64_t changed_ms;
};

#define BACKUP_ESCROW_MAX 8
#define BACKUP_RECIPIENTS_MAX (2 + BACKUP_ESCROW_MAX) /* tenant, device, escrow */

/* What a customer agreed to; customer "": the tenant's default. */
struct backup_rule {
    int64_t tenant_id;
    const char *customer;
    int64_t keep_last, keep_daily, keep_weekly, keep_monthly;
    int64_t lock_days;                  /* of backups that arrive from now on; nobody shortens it */
    int64_t quota_bytes;                /* 0: none */
    int64_t every_h;                    /* asked for this often, in the site's window; 0: never by itself */
    const char *escrow;                 /* recipients, a blank between */
    bool needs_approval, needs_consent; /* of restores */
};

struct backup {
    int64_t id, tenant_id, device_id;
    const char *customer; /* whose it was when it arrived: its rule and quota count */
    const char *upload;   /* the tus upload that brought it */
    enum backup_trigger trigger;
    const char *model, *serial;
    const char *firmware;          /* JSON object: component -> version */
    const char *categories;        /* JSON object: name -> items */
    int64_t action_id, restore_id; /* that it was made for; 0: none */
    int64_t size;                  /* of the file, header and all, as it arrived */
    const char *sha256;            /* of the same */
    const char *payload;           /* blob behind the header */
    int64_t payload_size;
    const char *recipients; /* of the header as it is now: tenant, device, escrow; a blank between */
    const char *wrapped_to; /* the tenant's among them */
    int64_t taken_ms, received_ms;
    int64_t locked_ms;          /* not dropped before */
    const char *hold, *hold_by; /* legal hold: reason and who; "": none */
    int64_t hold_ms;
    int64_t gone_ms; /* header destroyed; the row stays as a record */
    const char *gone_why;
};

/* One machine was another one before: a board was swapped, and a technician says so. */
struct device_join {
    int64_t id, tenant_id, device_id, former_id;
    const char *work_order, *joined_by;
    int64_t joined_ms;
};
