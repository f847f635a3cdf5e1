#include "support/vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>

const char *const vfs_fault_name[VFS_FAULT__MAX] = {"none", "ioerr", "full", "torn", "kill"};

struct file { /* SQLite gives room for it and for the real one behind it */
    sqlite3_file base;
    sqlite3_file *real;
};

static struct {
    enum vfs_fault fault;
    int nth, seen;
    bool is_lasting, has_fired;
} armed;

static sqlite3_vfs *real_vfs;

void vfs_arm(enum vfs_fault fault, int nth, bool is_lasting)
{
    armed.fault = fault;
    armed.nth = nth;
    armed.is_lasting = is_lasting;
    armed.seen = 0;
    armed.has_fired = false;
}

bool vfs_fired(void)
{
    return armed.has_fired;
}

int vfs_seen(void)
{
    return armed.seen;
}

/* A call that changes something is about to happen: does it fail? */
static bool fails(void)
{
    armed.seen++;
    if (armed.fault == VFS_NONE || armed.seen < armed.nth || (armed.seen > armed.nth && !armed.is_lasting))
        return false;
    armed.has_fired = true;
    if (armed.fault == VFS_KILL)
        raise(SIGKILL);
    return true;
}

/* A full disk syncs, deletes and cuts as ever. */
static bool fails_but_full(void)
{
    return fails() && armed.fault != VFS_FULL;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct file *)file)->real;
}

/* ---- a file ------------------------------------------------------------------------------------------ */

static int on_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int on_read(sqlite3_file *file, void *at, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), at, size, offset);
}

static int on_write(sqlite3_file *file, const void *at, int size, sqlite3_int64 offset)
{
    sqlite3_file *real = real_of(file);

    if (!fails())
        return real->pMethods->xWrite(real, at, size, offset);
    if (armed.fault == VFS_TORN)
        (void)real->pMethods->xWrite(real, at, size / 2, offset);
    return armed.fault == VFS_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fails_but_full() ? SQLITE_IOERR_TRUNCATE : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int on_sync(sqlite3_file *file, int flags)
{
    return fails_but_full() ? SQLITE_IOERR_FSYNC : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int on_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int on_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int on_reserved(sqlite3_file *file, int *answer)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), answer);
}

static int on_control(sqlite3_file *file, int what, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, arg);
}

static int on_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int on_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    if (extend && fails())
        return armed.fault == VFS_FULL ? SQLITE_FULL : SQLITE_IOERR_SHMMAP;
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int on_shm_lock(sqlite3_file *file, int at, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), at, count, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int on_shm_unmap(sqlite3_file *file, int is_deleted)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), is_deleted);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

/* ---- the VFS ------------------------------------------------------------------------------------------- */

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *out, int flags, int *flags_out)
{
    struct file *file = (struct file *)out;
    int result;

    (void)vfs;
    file->base.pMethods = NULL;
    file->real = (sqlite3_file *)(file + 1);
    if ((flags & SQLITE_OPEN_CREATE) && fails())
        return armed.fault == VFS_FULL ? SQLITE_FULL : SQLITE_CANTOPEN;
    result = real_vfs->xOpen(real_vfs, path, file->real, flags, flags_out);
    if (file->real->pMethods)
        file->base.pMethods = &methods;
    return result;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int syncs_dir)
{
    (void)vfs;
    return fails_but_full() ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, path, syncs_dir);
}

void vfs_install(void)
{
    static sqlite3_vfs shim;

    if (!(real_vfs = sqlite3_vfs_find(NULL)))
        abort();
    shim = *real_vfs;
    shim.pNext = NULL;
    shim.zName = "faulty";
    shim.szOsFile += (int)sizeof(struct file);
    shim.xOpen = on_open;
    shim.xDelete = on_delete;
    if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK)
        abort();
}
