/* Is what rests here sound? For `nightshift store check`, also beside a running service: the database's own
 * check, rows that point nowhere, and every blob a row names, read in full. Judges no noun. */
#pragma once

#include "store/store.h"

struct store_check_report {
    int64_t problems;               /* of the database */
    int64_t needed, missing, wrong; /* blobs that rows name */
    int64_t read;                   /* of the needed, those of the wished part */
    int64_t blobs, bytes, orphans;  /* blobs that are there; orphans are legal, and swept some day */
    char first[400];                /* the first problem in words; "" when sound */
};

struct store_check_progress {
    void (*say)(void *ctx, int64_t done, int64_t total); /* blobs read; may be NULL */
    void *ctx;
    void (*bad)(void *ctx, const char *id,
                const char *why); /* each blob that is missing or wrong; may be NULL */
    bool is_blobs_only;           /* a scrub: the database is left alone */
    int64_t part, of;             /* the part-th of so many, by the blobs' names; of 0: all */
};

/* True: the report is filled, whatever it says. */
bool store_check(struct store *store, const struct store_check_progress *progress,
                 struct store_check_report *out, struct err *err) CHECKED;
bool store_check_is_sound(const struct store_check_report *report);
