/* The disk below SQLite, which fails when it is told to: a shim before the library's own VFS. Knows no table. */
#pragma once

#include "base/base.h"

enum vfs_fault {
    VFS_NONE,
    VFS_IOERR, /* the call does nothing and says so */
    VFS_FULL,  /* a write finds no room; everything else works */
    VFS_TORN,  /* a write leaves its first half, then says so */
    VFS_KILL,  /* SIGKILL: what the kernel has of the files stays */
    VFS_FAULT__MAX
};
extern const char *const vfs_fault_name[VFS_FAULT__MAX];

/* From then on every database is opened through the shim. Once, before any is. */
void vfs_install(void);
/* Of the calls that change something from now on (write, sync, truncate, delete, open to write, shared memory) the nth
 * fails; is_lasting: and all after it. VFS_NONE counts only. */
void vfs_arm(enum vfs_fault fault, int nth, bool is_lasting);
bool vfs_fired(void);
int vfs_seen(void);
