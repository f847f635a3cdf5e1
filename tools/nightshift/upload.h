/* A file on its way up by tus. What is unfinished is remembered in a state folder, so that the same command
 * goes on after a cut, a kill or a restart of either side. */
#pragma once

#include "tools/nightshift/cli.h"

struct upload_job {
    const char *path; /* as given */
    int fd;
    int64_t size, mtime_ns;
    const char *memo;  /* the file that remembers it; NULL: nobody does, the bytes exist in memory only */
    const char *where; /* "/api/v1/uploads/ID"; NULL: not begun */
    int64_t offset;    /* bytes the service has */
    bool is_anew;      /* the service had forgotten it once: a second time is a refusal */
};

void upload_closep(struct upload_job **job);
/* Opens the file and recalls where it stopped. */
bool upload_open(struct cli *cli, const char *path, struct upload_job **out, struct err *err) CHECKED;
/* Bytes that are no file of anybody's: sent in one run or not at all. The fd stays the caller's. */
struct upload_job upload_of(const char *name, int fd, int64_t size);
/* Until every byte is there. Goes on by itself after cuts, for as long as some bytes get through. */
bool upload_run(struct cli *cli, struct upload_job *job, struct err *err) CHECKED;
const char *upload_id(const struct upload_job *job);
void upload_forget(struct upload_job *job);

/* The memo's part: upload_memo.c. */
bool memo_load(struct cli *cli, struct upload_job *job, struct err *err) CHECKED;
bool memo_keep(struct cli *cli, const struct upload_job *job, struct err *err) CHECKED;
