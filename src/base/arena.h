/* Memory that ends together: one arena a request, a tick, a command. Nobody frees pieces.
 * Out of memory stops the program: every size from outside is bounded before it gets here. */
#pragma once

#include <stdarg.h>

#include "base/base.h"

struct arena;

struct arena *arena_new(void);
/* For passwords and keys: whatever was taken is wiped before it is reused or given back. It does not keep the
 * pages off the swap, which is for keys alone (signing/key.h). */
struct arena *arena_new_secret(void);
void arena_freep(struct arena **arena); /* runs the deferred calls, newest first, then frees all */
void arena_reset(struct arena *arena);  /* the same, and keeps the first block for the next round */

/* Zeroed, aligned for any type, never NULL. */
void *arena_take(struct arena *arena, size_t size);
#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))
#define ARENA_MANY(arena, type, count) ((type *)arena_take((arena), sizeof(type) * (size_t)(count)))

/* Copies, NUL-terminated. */
char *arena_text(struct arena *arena, struct span text);
char *arena_dup(struct arena *arena, const char *text); /* NULL stays NULL */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF(2, 0);

/* Calls fn(what) when the arena ends. */
void arena_defer(struct arena *arena, void (*fn)(void *what), void *what);

size_t arena_used(const struct arena *arena);
