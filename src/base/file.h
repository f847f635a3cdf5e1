/* Files that are whole or absent. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

void fd_closep(int *fd);
bool file_read(struct arena *arena, const char *path, size_t max, struct span *out, struct err *err) CHECKED;
bool file_write_all(int fd, struct span bytes, struct err *err) CHECKED;
bool file_pwrite_all(int fd, struct span bytes, int64_t offset, struct err *err) CHECKED;
/* temp name, write, fsync, rename, fsync directory. */
bool file_write_whole(const char *path, struct span bytes, mode_t mode, struct err *err) CHECKED;
bool file_sync(int fd, const char *what, struct err *err) CHECKED; /* fault point "file.sync" */
bool file_sync_dir(const char *dir, struct err *err) CHECKED;
/* For who must not fail to open it once something in it has changed. */
bool file_open_dir(const char *dir, int *fd, struct err *err) CHECKED;       /* fault point "file.open_dir" */
bool file_make_dirs(const char *path, mode_t mode, struct err *err) CHECKED; /* like mkdir -p */
bool file_exists(const char *path);
int64_t file_free_bytes(const char *path); /* of its file system; -1 when unknown */
/* Overwrites, syncs, unlinks: what was in it is not left for whoever looks at the disk later, as far as a file
 * system overwrites in place. */
bool file_wipe(const char *path, struct err *err) CHECKED;
