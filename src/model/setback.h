/* A database that is not the one the service had last: older than what was remembered outside of it. Facts only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum setback_kind {
    SETBACK_NONE,
    SETBACK_OLDER,    /* the audit log ends before what the signer remembers */
    SETBACK_OTHER,    /* it goes on, and says something else there */
    SETBACK_RESTORED, /* `nightshift admin restore` made this folder */
    SETBACK__MAX
};
extern const char *const setback_kind_name[SETBACK__MAX];
bool setback_kind_parse(const char *text, enum setback_kind *out);

struct setback {
    enum setback_kind kind;
    int64_t noticed_ms;
    int64_t had_no;      /* where the audit log ended when it was noticed */
    int64_t seen_no;     /* how far the signer had seen it; 0: never */
    const char *digest;  /* of that record, as the signer remembers it */
    int64_t backup_ms;   /* of a restored folder: of when the backup is; 0: unknown */
    int64_t accepted_ms; /* 0: it stands */
};
