/* A settings file of any bytes is taken whole, within the bounds of the table, or refused whole. */
#include "base/settings.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_bounds(const struct settings *s)
{
#define SETTING_TEXT(name, value, help) must(s->name != NULL);
#define SETTING_INT(name, value, min, max, help) must(s->name >= (min) && s->name <= (max));
#define SETTING_BOOL(name, value, help)
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_INT
#undef SETTING_BOOL
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(fd_closep) int fd = memfd_create("settings", MFD_CLOEXEC);
    struct settings s, before;
    struct err err;

    must(fd >= 0 && file_write_all(fd, span_make(data, size), &err));
    settings_default(&before);
    s = before;
    if (settings_file(arena, arena_printf(arena, "/proc/self/fd/%d", fd), &s, &err))
        check_bounds(&s);
    else
        must(memcmp(&s, &before, sizeof(s)) == 0 && (err.code == ERR_INVALID || err.code == ERR_TOO_LARGE));
    return 0;
}
