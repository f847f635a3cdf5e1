/* What rests in one folder, in another: for a backup beside a running service and for the way back. Judges no
 * noun. */
#pragma once

#include "store/store.h"

struct store_copy_report {
    int64_t blobs, bytes; /* copied, hashed on the way */
    int64_t uploads;      /* unfinished ones that were left behind */
};

/* TO/nightshift.db: one instant of FROM's, synced; the service of FROM goes on. TO has none yet. */
bool store_copy_database(const char *from, const char *to, struct err *err) CHECKED;
/* Every blob that a row of `to` names, out of FROM. ERR_NOT_FOUND: it was removed since the database was
 * copied. ERR_CORRUPT: its bytes are not its name; nothing wrong is kept. */
bool store_copy_blobs(const char *from, struct store *to, struct store_copy_report *report,
                      struct err *err) CHECKED;
/* Forgets unfinished uploads: their bytes are not copied, and an offset without its bytes would be a lie. */
bool store_copy_drop_uploads(struct store *to, struct store_copy_report *report, struct err *err) CHECKED;
