/* Stores for tests: fresh, in a folder of their own, gone with the arena. */
#pragma once

#include "base/arena.h"
#include "store/store.h"

/* A new folder under TMPDIR, removed when the arena ends. */
char *support_dir(struct arena *arena);
/* Those folders lie in memory from now on, where there is such a place: for tests that would wait for a disk. */
void support_memory_dir(void);
/* A new store; *dir (may be NULL) is its folder. Closed and removed when the arena ends. Aborts when it
 * cannot. */
struct store *support_store(struct arena *arena, char **dir);
/* The same over a folder that is there; closed when the arena ends. */
struct store *support_store_open(struct arena *arena, const char *dir);
void support_remove(const char *dir); /* with everything in it */
/* A row, here one of the audit log, inside the caller's tx; and two of them in a tx of their own. */
bool support_put(struct store *store, int64_t tenant, struct err *err) CHECKED;
bool support_put_pair(struct store *store, int64_t tenant, struct err *err) CHECKED;
